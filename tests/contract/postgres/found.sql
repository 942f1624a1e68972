select
    (select count(*) from pg_class where relnamespace = to_regnamespace($1) and relkind = 'r'),
    (select count(*) from pg_namespace where nspname like '%$user%')
