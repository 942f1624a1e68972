DELETE FROM segment WHERE generation = ?1
