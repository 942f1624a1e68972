select position from event where occurred_at < $1 order by position desc limit 1
