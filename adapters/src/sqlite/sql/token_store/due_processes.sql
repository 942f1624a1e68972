SELECT
    id, member, book, status, reason, book_state, book_reason, member_state, member_reason, steps, started_at, started,
    deadline
FROM process_row
WHERE generation = ?1 AND deadline <= ?2 AND (deadline, id) > (?4, ?5)
ORDER BY deadline, id
LIMIT ?3 + 0
