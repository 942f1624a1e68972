select no, month, title, count
from best_seller_row
where generation = $1 and (no, month) > ($2, $3)
order by no, month
limit $4
