-- A setting is read as it is kept: limits in milliseconds.
select
    current_setting('rental.session', true) as origin,
    pg_is_in_recovery() as is_standby,
    current_setting('transaction_read_only')::boolean as is_read_only,
    name,
    setting
from pg_settings
where name in (
    'search_path', 'default_transaction_isolation', 'default_transaction_read_only', 'client_min_messages', 'statement_timeout',
    'lock_timeout', 'idle_in_transaction_session_timeout', 'jit', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin',
    'plan_cache_mode'
)
