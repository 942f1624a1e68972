insert into segment (generation, id, mask, epoch, commits, committed_under, token_log, token_position, token_event)
select $1, place.*
from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::uuid[], $8::bigint[], $9::uuid[]) as place
