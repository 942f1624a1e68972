select
    asked.value as stream,
    coalesce((select max(version) from event where event.stream = asked.value), 0) as head
from json_each(?2) as asked
