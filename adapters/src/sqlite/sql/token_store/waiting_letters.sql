SELECT
    g.processor, g.number, l.id, l.sequence, l.kind, l.position, l.stream, l.version, l.event, l.command, l.type,
    l.revision, l.payload, l.metadata, l.occurred_at, l.attempts, l.failures, l.first_at, l.last_at, l.due,
    l.letter_revision, o.event IS NOT NULL AS has_overlay, o.payload AS overlay
FROM generation g
JOIN letter l ON l.generation = g.id
LEFT JOIN overlay o ON o.processor = g.processor AND o.event = l.event
WHERE g.processor = ?1 AND g.number = ?2 AND l.sequence = ?3 AND l.kind <> 2
ORDER BY l.position, l.id
LIMIT ?4 + 0
