INSERT OR REPLACE INTO process_row (
    generation, id, kind, member, book, status, reason, book_state, book_reason, member_state, member_reason, steps,
    started_at, started, deadline
)
SELECT
    ?1, unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
    value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13
FROM json_each(?2)
