select pg_terminate_backend(pid)
from pg_stat_activity
where application_name = current_setting('application_name') and wait_event_type = 'Lock' and query like '%create table event%'
