-- As a writer does who knows nothing of the function: at the next position, as the first event of its stream.
insert into event (position, stream, version, id, command, type, revision, payload, metadata, occurred_at)
select coalesce(max(position), 0) + 1, $1, 1, $2, null, 'law.happened', 1, '{}', '{}', 0
from event
