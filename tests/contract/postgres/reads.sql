select seq_scan, coalesce(idx_scan, 0) as idx_scan, seq_tup_read + coalesce(idx_tup_fetch, 0) as tuples
from pg_stat_user_tables
where relid = 'event'::regclass
