DELETE FROM catalogue_row WHERE generation = ?1 AND no = ?2
