DELETE FROM segment WHERE generation = ?1 AND id = ?2 AND mask = ?3
