-- Only what has the mark of an import.
do $$
declare
    name constant text := current_setting('rental.beside');
begin
    if exists (
        select from pg_catalog.pg_namespace
        where nspname = name and obj_description(oid, 'pg_namespace') like 'made by an import of a log%'
    ) then
        execute format('drop schema %I cascade', name);
    end if;
end
$$
