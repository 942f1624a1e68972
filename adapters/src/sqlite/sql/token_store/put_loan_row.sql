INSERT OR REPLACE INTO loan_row (generation, id, member, book, title, rented_on, due_on, overdue, state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
