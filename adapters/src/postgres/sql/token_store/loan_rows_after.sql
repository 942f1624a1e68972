select id, member, book, title, rented_on, due_on, overdue, state
from loan_row
where generation = $1 and ($2::uuid is null or id > $2)
order by id
limit $3
