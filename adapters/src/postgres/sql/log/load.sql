-- $1: the stream. $2: after this version, when no snapshot is wanted. $3: whether a snapshot is wanted. $4: how many
-- events at most. What is before the event's columns stands in every row, and alone in the only one when there is no
-- event; the snapshot's state stands in the first row only.
select
    start.head,
    start.is_there,
    start.is_usable,
    start.version,
    start.position,
    start.event,
    start.log,
    start.schema,
    case when tail.version is null or tail.version = start.after + 1 then start.state end as state,
    start.at_start,
    tail.*
from (
    select
        coalesce((select max(event.version) from event where event.stream = $1), 0) as head,
        found.stream is not null as is_there,
        found.is_usable,
        case when found.is_usable then found.version else $2 end as after,
        case when not $3 then (select event.id from event where event.stream = $1 and event.version = $2) end as at_start,
        found.version,
        found.position,
        found.event,
        found.log,
        found.schema,
        found.state
    from (select 1) as one
    left join (
        select
            snapshot.*,
            event.id is not null and snapshot.log = (select log.id from log) as is_usable
        from snapshot
        left join event
            on event.stream = snapshot.stream
            and event.version = snapshot.version
            and event.position = snapshot.position
            and event.id = snapshot.event
    ) as found on $3 and found.stream = $1
) as start
left join lateral (
    select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
    from event
    where event.stream = $1 and event.version > start.after
    order by event.version
    limit $4
) as tail on true
