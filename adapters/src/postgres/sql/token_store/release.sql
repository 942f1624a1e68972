update segment
set owner = null, until = null, ttl_us = null
from generation
where
    generation.processor = $1
    and generation.number = $2
    and segment.generation = generation.id
    and segment.id = $3
    and segment.mask = $4
    and segment.owner = $5
    and segment.epoch = $6
    and segment.until > clock_timestamp()
returning segment.epoch
