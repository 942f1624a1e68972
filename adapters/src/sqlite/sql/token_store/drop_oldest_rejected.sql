DELETE FROM letter
WHERE kind = 2 AND generation = ?1 AND id IN (
    SELECT id FROM letter WHERE generation = ?1 AND kind = 2 ORDER BY first_at DESC, position DESC, id DESC LIMIT -1 OFFSET ?2
)
