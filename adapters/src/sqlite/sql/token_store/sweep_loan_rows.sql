DELETE FROM loan_row
WHERE generation = ?1 AND id IN (SELECT id FROM loan_row WHERE generation = ?1 LIMIT ?2 + 0)
