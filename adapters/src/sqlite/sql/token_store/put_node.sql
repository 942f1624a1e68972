INSERT INTO node (id, until, ttl_ns) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET until = excluded.until, ttl_ns = excluded.ttl_ns
