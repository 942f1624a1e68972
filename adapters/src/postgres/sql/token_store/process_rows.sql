select
    kept.id, kept.member, kept.book, kept.status, kept.reason, kept.book_state, kept.book_reason, kept.member_state, kept.member_reason,
    kept.steps, kept.started_at, kept.started, kept.deadline
from held_generation($1, $2, $3, $4, $5, $6) as held
left join process_row as kept on kept.generation = held.id and kept.id = any ($7)
