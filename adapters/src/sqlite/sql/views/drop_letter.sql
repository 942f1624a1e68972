DELETE FROM letter WHERE generation = ?1 AND id = ?2
