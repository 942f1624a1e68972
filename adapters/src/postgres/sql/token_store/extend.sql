-- $1: how long, in microseconds. $2 to $7: claims, each answered by its place in them, from 1; those that are not good
-- are left out.
update segment
set until = clock_timestamp() + $1 * interval '1 microsecond', ttl_us = $1
from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[], $7::bigint[])
    with ordinality as claim (processor, number, id, mask, node, epoch, place)
join processor on processor.name = claim.processor
join generation on generation.processor = claim.processor and generation.number = claim.number
where
    segment.generation = generation.id
    and segment.id = claim.id
    and segment.mask = claim.mask
    and segment.owner = claim.node
    and segment.epoch = claim.epoch
    and segment.until > clock_timestamp()
returning claim.place, processor.paused_by, processor.paused_reason
