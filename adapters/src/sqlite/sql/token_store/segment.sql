SELECT
    s.generation, s.id, s.mask, s.epoch, s.owner, s.until, s.ttl_ns, s.commits, s.committed_under, s.token_log,
    s.token_position, s.token_event
FROM generation g
JOIN segment s ON s.generation = g.id
WHERE g.processor = ?1 AND g.number = ?2 AND s.id = ?3 AND s.mask = ?4
