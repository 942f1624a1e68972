insert into segment (generation, id, mask, epoch, commits, committed_under, token_log, token_position, token_event)
select $1, part.id, part.mask, $4, $5, $6, $7, $8, $9
from unnest($2::bigint[], $3::bigint[]) as part (id, mask)
