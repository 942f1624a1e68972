select count(*)
from pg_stat_activity
where application_name = $1 and pid <> pg_backend_pid() and state like 'idle in transaction%'
