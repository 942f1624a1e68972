select kept.no, kept.title, kept.count
from live_generation as live
cross join lateral (
    select no, title, count
    from best_seller_row
    where generation = live.id and month = $2 and count > 0
    order by count desc, no
    limit $1
) as kept
order by kept.count desc, kept.no
limit $1
