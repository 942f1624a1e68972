SELECT generation, id, mask, epoch, owner, until, ttl_ns, commits, committed_under, token_log, token_position, token_event
FROM segment WHERE generation = ?1 ORDER BY id, mask
