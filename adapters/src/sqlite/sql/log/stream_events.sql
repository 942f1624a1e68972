select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
from event
where stream = ?1 and version > ?2 and version <= ?3
order by version
limit ?4 + 0
