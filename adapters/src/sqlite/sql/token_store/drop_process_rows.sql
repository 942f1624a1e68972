DELETE FROM process_row WHERE generation = ?1
