DELETE FROM catalogue_row
WHERE generation = ?1 AND no IN (SELECT no FROM catalogue_row WHERE generation = ?1 LIMIT ?2 + 0)
