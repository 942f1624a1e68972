create table log (
    only integer primary key check (only = 1),
    id blob not null
) strict
