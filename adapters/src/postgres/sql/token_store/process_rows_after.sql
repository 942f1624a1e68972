select
    id, member, book, status, reason, book_state, book_reason, member_state, member_reason, steps, started_at, started, deadline
from process_row
where generation = $1 and id > $2
order by id
limit $3
