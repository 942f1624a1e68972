select
    kept.id, kept.member, kept.book, kept.status, kept.reason, kept.book_state, kept.book_reason, kept.member_state, kept.member_reason,
    kept.steps, kept.started_at, kept.started, kept.deadline
from live_generation as live
join process_row as kept on kept.generation = live.id and kept.id = $1
limit 1
