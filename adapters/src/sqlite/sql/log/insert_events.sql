-- What follows are the values of as many rows as there is room for; rows that are not bound have no position.
insert into event (
    position, stream, version, id, command, type, revision, payload, metadata, occurred_at
)
select * from (values
