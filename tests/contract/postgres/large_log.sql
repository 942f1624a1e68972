insert into event (position, stream, version, id, command, type, revision, payload, metadata, occurred_at)
select
    number, 'large-' || number % 5000, 1 + number / 5000, gen_random_uuid(), gen_random_uuid(), 'law.happened', 1, '{}', '{}', number
from generate_series(1, 60000) as number
