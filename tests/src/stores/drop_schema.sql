do $$
declare
    name text := current_setting('search_path');
begin
    execute format('drop schema if exists %I cascade', name);
    if exists (select from pg_roles where rolname = name) then
        execute format('drop owned by %I', name);
        execute format('drop role %I', name);
    end if;
end
$$
