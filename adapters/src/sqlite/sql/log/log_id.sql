select id from log
