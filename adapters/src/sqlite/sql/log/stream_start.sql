select
    coalesce((select max(version) from event where stream = ?1), 0) as head,
    snapshot.version,
    snapshot.position,
    snapshot.event,
    snapshot.log,
    snapshot.schema,
    snapshot.state,
    event.id is not null and snapshot.log = (select id from log) as is_usable
from (select 1)
left join snapshot on snapshot.stream = ?1
left join event
    on event.stream = snapshot.stream
    and event.version = snapshot.version
    and event.position = snapshot.position
    and event.id = snapshot.event
