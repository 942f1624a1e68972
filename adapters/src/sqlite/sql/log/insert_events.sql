-- ?1: a list of lists. ?2: for each of these, at place 3 (from 1) of its list: id, command or zeros, payload, metadata.
insert into event (
    position, stream, version, id, command, type, revision, payload, metadata, occurred_at
)
select
    value ->> 0,
    value ->> 1,
    value ->> 2,
    substr(?2, value ->> 3, 16),
    iif(value ->> 4, substr(?2, (value ->> 3) + 16, 16), null),
    value ->> 5,
    value ->> 6,
    substr(?2, (value ->> 3) + 32, value ->> 7),
    substr(?2, (value ->> 3) + 32 + (value ->> 7), value ->> 8),
    value ->> 9
from json_each(?1)
