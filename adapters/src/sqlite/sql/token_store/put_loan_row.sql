INSERT OR REPLACE INTO loan_row (generation, id, member, book, title, rented_on, due_on, overdue, state)
SELECT
    ?1, unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
FROM json_each(?2)
