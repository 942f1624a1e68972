select asked.value as stream, coalesce(last.version, 0) as head, last.id as event
from json_each(?2) as asked
left join event as last on last.position = (
    select event.position from event where event.stream = asked.value order by event.version desc limit 1
)
