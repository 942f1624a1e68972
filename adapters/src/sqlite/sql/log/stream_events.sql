-- `+ 0`, here and wherever a limit is bound: else the statement is prepared again each time, since SQLite plans with
-- the value.
select position, stream, version, id, command, type, revision, payload, metadata, occurred_at
from event
where stream = ?1 and version > ?2 and version <= ?3
order by version
limit ?4 + 0
