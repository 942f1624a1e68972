select position, id from event order by position desc limit 1
