select pg_stat_ssl.ssl
from pg_stat_ssl
join pg_stat_activity on pg_stat_activity.pid = pg_stat_ssl.pid
where pg_stat_activity.backend_type = 'client backend' and pg_stat_activity.pid <> pg_backend_pid()
