select id, mask, epoch, commits, committed_under, token_log, token_position, token_event
from segment
where generation = $1
order by id, mask
for update
