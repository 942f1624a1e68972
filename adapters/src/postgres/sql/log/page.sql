-- $1: after. $2: up to. $3: types that are not wanted. First a row of no event, in whose columns stand others: the end
-- of the log (position), the end of the page (version), the event before the page (id), its last one (command), and the
-- log's id (type). The page ends before the first position that is missing: its event may still appear. `offset 0`
-- keeps what is computed once from being computed for each event.
with scanned as materialized (
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
)
select
    scanned.head as position,
    null as stream,
    scanned.scanned_to as version,
    (select event.id from event where event.position = $1) as id,
    (select event.id from event where event.position = scanned.scanned_to) as command,
    (select log.id::text from log) as type,
    null::integer as revision,
    null::bytea as payload,
    null::bytea as metadata,
    null::bigint as occurred_at
from scanned
union all
select wanted.*
from scanned
cross join lateral (
    select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
    from event
    where event.position > $1 and event.position <= scanned.scanned_to and event.type <> all ($3)
    order by event.position
    limit $2 - $1
) as wanted
