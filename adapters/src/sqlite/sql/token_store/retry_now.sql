UPDATE letter
SET attempts = CASE kind WHEN 1 THEN 0 ELSE attempts END, kind = 0, due = ?3,
    letter_revision = letter_revision + 1
WHERE generation IN (SELECT id FROM generation WHERE processor = ?1)
    AND kind <> 2
    AND (?2 IS NULL OR sequence = ?2)
