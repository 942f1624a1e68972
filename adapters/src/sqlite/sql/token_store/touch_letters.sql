UPDATE letter
SET letter_revision = letter_revision + 1
WHERE event = ?2 AND generation IN (SELECT id FROM generation WHERE processor = ?1)
