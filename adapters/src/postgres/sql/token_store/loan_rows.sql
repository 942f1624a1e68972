select kept.id, kept.member, kept.book, kept.title, kept.rented_on, kept.due_on, kept.overdue, kept.state
from held_generation($1, $2, $3, $4, $5, $6) as held
left join loan_row as kept on kept.generation = held.id and kept.id = any ($7)
