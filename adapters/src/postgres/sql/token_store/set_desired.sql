update processor set paused_by = $2, paused_reason = $3 where name = $1 returning name
