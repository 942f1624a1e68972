DELETE FROM letter WHERE generation = ?1
