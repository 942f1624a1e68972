select kept.no, kept.title, kept.author, kept.status, kept.holder
from live_generation as live
cross join lateral (
    select no, title, author, status, holder
    from catalogue_row
    where
        generation = live.id
        and no > $1
        and ($2::text is null or status = $2)
        and ($3::text is null or strpos(title_folded, $3) > 0 or strpos(author_folded, $3) > 0)
    order by no
    limit $4
) as kept
order by kept.no
limit $4
