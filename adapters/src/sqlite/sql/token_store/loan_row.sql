SELECT id, member, book, title, rented_on, due_on, overdue, state
FROM loan_row
WHERE generation = ?1 AND id IN (SELECT unhex(value) FROM json_each(?2))
