INSERT INTO processor (name, live, newest) VALUES ('catalogue', 0, 0);
INSERT INTO generation (id, processor, number) VALUES (1, 'catalogue', 0);
INSERT INTO segment (generation, id, mask, epoch, commits, committed_under, token_log, token_position, token_event)
VALUES (1, 0, 0, 3, 5, 3, x'00000000000000000000000000000001', 7, x'00000000000000000000000000000007');
INSERT INTO letter (
    generation, id, sequence, kind, position, stream, version, event, type, revision, payload, metadata, occurred_at, attempts,
    failures, first_at, last_at
) VALUES (
    1, x'000000000000000000000000000000aa', 'book:1', 1, 7, 'book-1', 1, x'00000000000000000000000000000007', 'book.entered', 1,
    x'7b7d', x'7b7d', '2026-01-31T12:00:00.000000000Z', 10, '[]', '2026-01-31T12:00:00.000000000Z',
    '2026-01-31T12:00:00.000000000Z'
);
