-- The letter of an event that is to be handled once more, in generation $1: a new one, or the one that is there.
insert into letter (
    generation, id, sequence, kind, position, stream, version, event, command, type, revision, occurred_at, attempts,
    failures, first_at, last_at, due, payload, metadata, letter_revision
)
select
    $1, l.id, l.sequence, 0, l.position, l.stream, l.version, l.event, l.command, l.type, l.revision, l.occurred_at, 0,
    l.failures, l.first_at, l.last_at,
    to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"000Z"'),
    ($3::bytea[])[1], ($4::bytea[])[1], 1
from json_to_recordset($2::json) as l (
    id uuid, sequence text, position bigint, stream text, version bigint, event uuid, command uuid, type text,
    revision bigint, occurred_at text, failures text, first_at text, last_at text
)
on conflict (generation, id) do update
set kind = 0, attempts = 0, due = excluded.due, letter_revision = letter.letter_revision + 1
