insert into event (
    position, stream, version, id, command, type, revision, payload, metadata, occurred_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
