SELECT count(*) FROM letter WHERE generation = ?1 AND sequence = ?2 AND kind <> 2
