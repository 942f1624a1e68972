-- $1: after. $2: up to. $3: types that are not wanted. The first four columns stand in every row, and alone in the only one when
-- no event is wanted. The page ends before the first position that is missing: its event may still appear. `offset 0` keeps what
-- is computed once from being computed for each event.
select
    scanned.scanned_to,
    scanned.head,
    scanned.at_start,
    scanned.at_end,
    wanted.*
from (
    select
        run.scanned_to,
        run.head,
        (select event.id from event where event.position = $1) as at_start,
        (select event.id from event where event.position = run.scanned_to) as at_end
    from (
        select
            log.head,
            case
                when
                    (select count(*) from event where event.position > $1 and event.position <= log.until)
                    = log.until - $1
                    then log.until
                else (
                    select coalesce(max(counted.position) filter (where counted.position = $1 + counted.place), $1)
                    from (
                        select event.position, row_number() over (order by event.position) as place
                        from event
                        where event.position > $1 and event.position <= log.until
                    ) as counted
                )
            end as scanned_to
        from (
            select ends.head, greatest($1, least(ends.head, $2)) as until
            from (select coalesce(max(event.position), 0) as head from event) as ends
            offset 0
        ) as log
        offset 0
    ) as run
    offset 0
) as scanned
left join lateral (
    select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
    from event
    where event.position > $1 and event.position <= scanned.scanned_to and event.type <> all ($3)
    order by event.position
) as wanted on true
