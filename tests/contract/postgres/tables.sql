select relname::text from pg_class where relnamespace = $1::regnamespace and relkind = 'r' order by relname
