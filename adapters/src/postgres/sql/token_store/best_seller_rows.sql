select kept.no, kept.month, kept.title, kept.count
from held_generation($1, $2, $3, $4, $5, $6) as held
left join lateral (
    select found.*
    from unnest($7::bigint[], $8::text[]) as asked (no, month)
    join best_seller_row as found
        on found.generation = held.id and found.no = asked.no and found.month = asked.month
) as kept on true
