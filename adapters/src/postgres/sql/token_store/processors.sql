-- A row for each segment, in order, with what is known of its processor beside it; one without a segment for a
-- processor that has lost all of them.
with letters as (
    select
        generation.processor,
        count(*) filter (where letter.kind = 0) as parked,
        count(*) filter (where letter.kind = 1) as abandoned,
        count(*) filter (where letter.kind = 2) as rejected
    from generation
    join letter on letter.generation = generation.id
    group by generation.processor
)

select
    processor.name,
    processor.paused_by,
    processor.paused_reason,
    processor.live,
    processor.rebuilding,
    processor.rejected_dropped,
    coalesce(letters.parked, 0) as parked,
    coalesce(letters.abandoned, 0) as abandoned,
    coalesce(letters.rejected, 0) as rejected,
    generation.number,
    segment.id,
    segment.mask,
    segment.epoch,
    case when binds(segment.until, segment.ttl_us) then segment.owner end as owner,
    (extract(epoch from segment.until) * 1000000)::bigint as until_us,
    segment.token_log,
    segment.token_position,
    segment.token_event
from processor
left join (generation join segment on segment.generation = generation.id) on generation.processor = processor.name
left join letters on letters.processor = processor.name
order by processor.name, generation.number, segment.id, segment.mask
