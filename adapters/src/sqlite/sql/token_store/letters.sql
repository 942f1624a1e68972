SELECT
    g.processor, g.number, l.id, l.sequence, l.kind, l.position, l.stream, l.version, l.event, l.command, l.type,
    l.revision, l.payload, l.metadata, l.occurred_at, l.attempts, l.failures, l.first_at, l.last_at, l.due,
    l.letter_revision
FROM generation g
JOIN letter l ON l.generation = g.id
WHERE (?1 IS NULL OR l.id = ?1)
    AND (?2 IS NULL OR g.processor = ?2)
    AND (?3 IS NULL OR g.number = ?3)
    AND (?4 IS NULL OR l.sequence = ?4)
    AND (?5 IS NULL OR l.kind = ?5)
    AND (?7 IS NULL OR (g.processor, l.kind, l.sequence, l.position, g.number, l.id) > (?7, ?8, ?9, ?10, ?11, ?12))
ORDER BY g.processor, l.kind, l.sequence, l.position, g.number, l.id
LIMIT ?6 + 0
