-- Texts are compared byte by byte. Payload and metadata are JSON texts kept as bytes: neither parsed nor put in order.
create table event (
    position bigint not null,
    version bigint not null,
    occurred_at bigint not null, -- microseconds since 1970
    id uuid not null,
    command uuid, -- on the first event of what a command did
    revision integer not null,
    stream text collate "C" not null,
    type text collate "C" not null,
    payload bytea not null,
    metadata bytea not null,
    primary key (stream, version)
)
