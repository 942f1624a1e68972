-- Makes the schema anew, with a mark on it. One that is there without the mark was made by somebody else.
do $$
declare
    name constant text := current_setting('rental.beside');
    mark constant text := 'made by an import of a log, and may be dropped when none runs';
    found oid;
begin
    select oid into found from pg_catalog.pg_namespace where nspname = name;
    if found is not null and obj_description(found, 'pg_namespace') is distinct from mark then
        raise exception 'schema "%" was not made by an import; give it another name', name
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    execute format('drop schema if exists %I cascade', name);
    execute format('create schema %I', name);
    execute format('comment on schema %I is %L', name, mark);
end
$$
