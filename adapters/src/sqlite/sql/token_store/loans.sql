SELECT id, member, book, title, rented_on, due_on, overdue, state
FROM loan_row
WHERE generation = ?1
    AND id > ?2
    AND (?3 IS NULL OR member = ?3)
    AND (?4 IS NULL OR due_on < ?4)
    AND (?5 IS NULL OR due_on >= ?5)
ORDER BY id
LIMIT ?6 + 0
