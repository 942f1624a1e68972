-- Whoever may not make a schema may still have been given an empty one.
do $$
begin
    if not exists (select from pg_catalog.pg_namespace where nspname = current_setting('search_path')) then
        execute format('create schema %I', current_setting('search_path'));
    end if;
    create table if not exists rental_form (
        part text primary key,
        version integer not null
    );
end
$$
