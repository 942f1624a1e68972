select kept.id, kept.member, kept.book, kept.title, kept.rented_on, kept.due_on, kept.overdue, kept.state
from live_generation as live
cross join lateral (
    select id, member, book, title, rented_on, due_on, overdue, state
    from loan_row
    where
        generation = live.id
        and ($1::uuid is null or id > $1)
        and ($2::text is null or member = $2)
        and ($3::text is null or due_on < $3)
        and ($4::text is null or due_on >= $4)
    order by id
    limit $5
) as kept
order by kept.id
limit $5
