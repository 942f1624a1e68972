DELETE FROM loan_row WHERE generation = ?1
