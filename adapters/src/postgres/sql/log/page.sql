-- $1: after. $2: up to. $3: types that are not wanted. The first four columns stand in every row, and alone in the only one when
-- no event is wanted. The page ends before the first position that is missing: its event may still appear.
select
    run.scanned_to,
    (select coalesce(max(event.position), 0) from event) as head,
    (select event.id from event where event.position = $1) as at_start,
    (select event.id from event where event.position = run.scanned_to) as at_end,
    wanted.*
from (
    select coalesce(max(scanned.position) filter (where scanned.position = $1 + scanned.place), $1) as scanned_to
    from (
        select event.position, row_number() over (order by event.position) as place
        from event
        where event.position > $1 and event.position <= $2
    ) as scanned
) as run
left join lateral (
    select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
    from event
    where event.position > $1 and event.position <= run.scanned_to and event.type <> all ($3)
    order by event.position
) as wanted on true
