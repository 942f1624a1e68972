UPDATE letter
SET
    sequence = ?3, kind = ?4, position = ?5, stream = ?6, version = ?7, event = ?8, command = ?9, type = ?10, revision = ?11,
    payload = ?12, metadata = ?13, occurred_at = ?14, attempts = ?15, failures = ?16, first_at = ?17, last_at = ?18,
    due = ?19, letter_revision = ?20 + 1
WHERE generation = ?1 AND id = ?2 AND letter_revision = ?20
