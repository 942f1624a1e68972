INSERT INTO segment (
    generation, id, mask, epoch, owner, until, ttl_ns, commits, committed_under, token_log, token_position, token_event
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (generation, id, mask) DO UPDATE SET
    epoch = excluded.epoch, owner = excluded.owner, until = excluded.until, ttl_ns = excluded.ttl_ns,
    commits = excluded.commits, committed_under = excluded.committed_under, token_log = excluded.token_log,
    token_position = excluded.token_position, token_event = excluded.token_event
