-- The title is that of the latest month.
select kept.no, kept.title, kept.count
from live_generation as live
cross join lateral (
    select no, (array_agg(title order by month desc))[1] as title, sum(count)::bigint as count
    from best_seller_row
    where generation = live.id
    group by no
    having sum(count) > 0
    order by sum(count) desc, no
    limit $1
) as kept
order by kept.count desc, kept.no
limit $1
