select
    refusal, paused_by, paused_reason, owner, until_us, generation, epoch, commits, token_log, token_position, token_event,
    (select said from processor where name = $1) as said
from claim_segment($1, $2, $3, $4, $5, $6)
