select pg_advisory_xact_lock(1919249004, 'event'::regclass::oid::integer)
