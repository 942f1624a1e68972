select exists (
    select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock' and query like '%create table event%'
)
