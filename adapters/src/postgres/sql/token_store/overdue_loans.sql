-- The index holds what can become overdue; without the offset the order by id would win over it.
select kept.id, kept.member, kept.book, kept.title, kept.rented_on, kept.due_on, kept.overdue, kept.state
from live_generation as live
cross join lateral (
    select *
    from (
        select id, member, book, title, rented_on, due_on, overdue, state
        from loan_row
        where
            generation = live.id
            and state = 'rented'
            and not overdue
            and due_on < $1
            and ($2::uuid is null or id > $2)
        offset 0
    ) as late
    order by id
    limit $3
) as kept
order by kept.id
limit $3
