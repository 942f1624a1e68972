DELETE FROM process_row WHERE generation = ?1 AND id = ?2
