-- Titles of books that another process has.
create table title_row (
    generation bigint not null,
    no bigint not null,
    title text not null,
    primary key (generation, no)
);
