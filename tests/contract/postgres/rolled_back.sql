begin;
insert into event (position, stream, version, id, command, type, revision, payload, metadata, occurred_at)
select coalesce(max(position), 0) + 1, 'rolled', 1, gen_random_uuid(), null, 'law.happened', 1, '{}', '{}', 0
from event;
rollback
