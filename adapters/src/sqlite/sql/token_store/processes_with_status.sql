SELECT
    id, member, book, status, reason, book_state, book_reason, member_state, member_reason, steps, started_at, started,
    deadline
FROM process_row
WHERE generation = ?1 AND started < ?2
    AND (?3 IS NULL OR kind = ?3)
    AND status = ?5
ORDER BY started DESC, id DESC
LIMIT ?4 + 0
