select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
from event
where position < ?1
order by position desc
limit ?2 + 0
