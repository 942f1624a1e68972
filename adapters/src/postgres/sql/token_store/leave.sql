with gone as (
    delete from node where id = $1
)

update segment set owner = null, until = null, ttl_us = null where owner = $1
