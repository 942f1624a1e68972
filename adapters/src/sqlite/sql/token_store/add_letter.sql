INSERT INTO letter (
    generation, id, sequence, kind, position, stream, version, event, command, type, revision, payload, metadata,
    occurred_at, attempts, failures, first_at, last_at, due, letter_revision
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20 + 1)
ON CONFLICT (generation, id) DO NOTHING
