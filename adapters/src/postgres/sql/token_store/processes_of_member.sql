select
    kept.id, kept.member, kept.book, kept.status, kept.reason, kept.book_state, kept.book_reason, kept.member_state, kept.member_reason,
    kept.steps, kept.started_at, kept.started, kept.deadline
from live_generation as live
cross join lateral (
    select *
    from process_row
    where
        generation = live.id
        and started < $1
        and ($2::smallint is null or kind = $2)
        and member = $4
        and ($5::text is null or status = $5)
    order by started desc, id desc
    limit $3
) as kept
order by kept.started desc, kept.id desc
limit $3
