-- Lists are opened side by side in a select list: in a from clause each would be written to a store of its own first.
insert into event (
    position, stream, version, id, command, type, revision, payload, metadata, occurred_at
)
select
    unnest($1::bigint[]),
    unnest($2::text[]),
    unnest($3::bigint[]),
    unnest($4::uuid[]),
    unnest($5::uuid[]),
    unnest($6::text[]),
    unnest($7::integer[]),
    unnest($8::bytea[]),
    unnest($9::bytea[]),
    unnest($10::bigint[])
