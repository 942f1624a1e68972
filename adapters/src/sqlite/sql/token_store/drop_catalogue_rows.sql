DELETE FROM catalogue_row WHERE generation = ?1
