create table log (
    only_one boolean primary key check (only_one),
    id uuid not null
)
