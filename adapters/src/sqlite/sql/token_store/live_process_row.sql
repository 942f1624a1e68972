SELECT
    r.id, r.member, r.book, r.status, r.reason, r.book_state, r.book_reason, r.member_state, r.member_reason, r.steps,
    r.started_at, r.started, r.deadline
FROM processor p
-- Crossed, so that the few generations come first.
CROSS JOIN generation g ON g.processor = p.name AND g.number = p.live
CROSS JOIN process_row r ON r.generation = g.id
WHERE r.id = ?1
LIMIT 1
