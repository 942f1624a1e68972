-- $1: before. $2: how many at most. The first three columns stand in every row, and alone in the only one when there is
-- no event.
select
    (select coalesce(max(event.position), 0) from event) as head,
    (select event.id from event where event.position = $1) as at_start,
    (select log.id from log) as log,
    earlier.*
from (select 1) as one
left join lateral (
    select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
    from event
    where event.position < $1
    order by event.position desc
    limit $2
) as earlier on true
