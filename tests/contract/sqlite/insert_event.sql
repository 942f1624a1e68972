insert into event (
    position, stream, version, id, command, type, revision, payload, metadata, occurred_at
)
select coalesce(max(position), 0) + 1, ?1, 1, ?2, null, 'law.happened', 1, x'7b7d', x'7b7d', 0
from event
