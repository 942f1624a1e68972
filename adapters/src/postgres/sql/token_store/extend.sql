update segment
set until = clock_timestamp() + $7 * interval '1 microsecond', ttl_us = $7
from generation
join processor on processor.name = generation.processor
where
    generation.processor = $1
    and generation.number = $2
    and segment.generation = generation.id
    and segment.id = $3
    and segment.mask = $4
    and segment.owner = $5
    and segment.epoch = $6
    and segment.until > clock_timestamp()
returning processor.paused_by, processor.paused_reason
