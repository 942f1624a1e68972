-- $1: how long, in microseconds. $2 to $7: claims, each answered by its place in them, from 1; those that are not good
-- are left out. Segments are locked in the order that commits lock them in, so that neither waits for the other for
-- ever.
with good as (
    select segment.generation, segment.id, segment.mask, claim.place, processor.paused_by, processor.paused_reason
    from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[], $7::bigint[])
        with ordinality as claim (processor, number, id, mask, node, epoch, place)
    join processor on processor.name = claim.processor
    join generation on generation.processor = claim.processor and generation.number = claim.number
    join segment
        on segment.generation = generation.id
        and segment.id = claim.id
        and segment.mask = claim.mask
        and segment.owner = claim.node
        and segment.epoch = claim.epoch
        and segment.until > clock_timestamp()
    order by claim.processor collate "C", claim.number, claim.id, claim.mask
    for update of segment
)

update segment
set until = clock_timestamp() + $1 * interval '1 microsecond', ttl_us = $1
from good
where segment.generation = good.generation and segment.id = good.id and segment.mask = good.mask
returning good.place, good.paused_by, good.paused_reason, segment.commits
