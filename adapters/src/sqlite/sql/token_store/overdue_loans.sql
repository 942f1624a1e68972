-- The index holds what can become overdue; without the hint the order by id would win over it.
SELECT id, member, book, title, rented_on, due_on, overdue, state
FROM loan_row INDEXED BY loan_due
WHERE generation = ?1 AND state = 'rented' AND overdue = 0 AND due_on < ?2 AND id > ?3
ORDER BY id
LIMIT ?4 + 0
