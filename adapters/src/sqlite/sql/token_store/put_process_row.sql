INSERT OR REPLACE INTO process_row (
    generation, id, kind, member, book, status, reason, book_state, book_reason, member_state, member_reason, steps,
    started_at, started, deadline
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
