select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 order by random() limit 1
