insert into processor (name, live, newest) values ('catalogue', 0, 0);
insert into generation (processor, number) values ('catalogue', 0);
insert into segment (generation, id, mask, epoch, commits, committed_under, token_log, token_position, token_event)
select id, 0, 0, 3, 5, 3, '00000000-0000-0000-0000-000000000001', 7, '00000000-0000-0000-0000-000000000007' from generation;
insert into letter (
    generation, id, sequence, kind, position, stream, version, event, type, revision, payload, metadata, occurred_at, attempts,
    failures, first_at, last_at
)
select
    id, '00000000-0000-0000-0000-0000000000aa', 'book:1', 1, 7, 'book-1', 1, '00000000-0000-0000-0000-000000000007',
    'book.entered', 1, '{}', '{}', '2026-01-31T12:00:00.000000000Z', 10, '[]', '2026-01-31T12:00:00.000000000Z',
    '2026-01-31T12:00:00.000000000Z'
from generation;
