create table event (
    position integer primary key,
    stream text not null,
    version integer not null,
    id blob not null,
    command blob,
    type text not null,
    revision integer not null,
    payload blob not null,
    metadata blob not null,
    occurred_at integer not null -- microseconds since 1970
) strict
