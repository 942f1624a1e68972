select
    kept.id, kept.member, kept.book, kept.status, kept.reason, kept.book_state, kept.book_reason, kept.member_state, kept.member_reason,
    kept.steps, kept.started_at, kept.started, kept.deadline
from live_generation as live
cross join lateral (
    select *
    from process_row
    where generation = live.id and deadline <= $1 and (deadline, id) > ($3, $4)
    order by deadline, id
    limit $2
) as kept
order by kept.deadline, kept.id
limit $2
