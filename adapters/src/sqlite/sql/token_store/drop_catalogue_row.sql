DELETE FROM catalogue_row WHERE generation = ?1 AND no IN (SELECT value FROM json_each(?2))
