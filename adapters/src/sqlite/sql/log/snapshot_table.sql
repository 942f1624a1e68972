create table snapshot (
    stream text primary key,
    version integer not null,
    position integer not null,
    event blob not null,
    log blob not null,
    schema integer not null,
    state blob not null
) strict
