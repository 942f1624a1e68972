update segment set owner = null, until = null, ttl_us = null where generation = $1
