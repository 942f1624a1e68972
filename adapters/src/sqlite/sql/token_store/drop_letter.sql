DELETE FROM letter WHERE generation = ?1 AND id = ?2 AND letter_revision = ?3
