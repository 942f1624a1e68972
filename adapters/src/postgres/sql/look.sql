-- The schema that is ours is the only one of the search path; without the right to use it, its tables cannot be seen.
select
    current_setting('search_path') as search_path,
    schema.oid is not null as is_there,
    coalesce(has_schema_privilege(schema.oid, 'usage'), false) as may_use,
    exists (
        select from pg_catalog.pg_class where relnamespace = schema.oid and relname = 'rental_form' and relkind = 'r'
    ) as is_ours,
    (
        select min(relname::text) from pg_catalog.pg_class where relnamespace = schema.oid and relkind in ('r', 'p')
    ) as a_table
from (select 1) as one
left join pg_catalog.pg_namespace as schema on schema.nspname = current_setting('search_path')
