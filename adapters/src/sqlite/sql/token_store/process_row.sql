SELECT
    id, member, book, status, reason, book_state, book_reason, member_state, member_reason, steps, started_at, started,
    deadline
FROM process_row WHERE generation = ?1 AND id IN (SELECT unhex(value) FROM json_each(?2))
