select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
from event
where
    position > ?1
    and position <= ?2
    and type not in (select value from json_each(?3))
order by position
