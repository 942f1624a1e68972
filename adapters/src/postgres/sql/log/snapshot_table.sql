create table snapshot (
    stream text collate "C" primary key,
    version bigint not null,
    position bigint not null,
    event uuid not null,
    log uuid not null,
    schema bigint not null, -- a fingerprint
    state bytea not null
)
