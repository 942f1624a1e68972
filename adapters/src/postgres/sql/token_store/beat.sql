-- $1: the node. $2: for how long, in microseconds. $3 to $7: its claims. Answers a row for each other node that lives, and
-- one for each claim that is good, by its place in them, from 1; without `commits` when somebody has it locked. Nobody is
-- waited for: a commit that takes its time must not let the other claims of the node run out.
with beat as (
    insert into node (id, until, ttl_us)
    values ($1, clock_timestamp() + $2 * interval '1 microsecond', $2)
    on conflict (id) do update set until = excluded.until, ttl_us = excluded.ttl_us
),

gone as (
    delete from node
    where id = any (array(select id from node where id <> $1 and not binds(until, ttl_us) for update skip locked))
),

claim as (
    select * from unnest($3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
        with ordinality as claim (processor, number, id, mask, epoch, place)
),

good as (
    select
        claim.place, claim.epoch, segment.generation, segment.id, segment.mask,
        processor.paused_by, processor.paused_reason, processor.said
    from claim
    join processor on processor.name = claim.processor
    join generation on generation.processor = claim.processor and generation.number = claim.number
    join segment
        on segment.generation = generation.id
        and segment.id = claim.id
        and segment.mask = claim.mask
        and segment.owner = $1
        and segment.epoch = claim.epoch
        and segment.until > clock_timestamp()
),

locked as (
    select good.place, segment.generation, segment.id, segment.mask
    from good
    join segment
        on segment.generation = good.generation
        and segment.id = good.id
        and segment.mask = good.mask
        and segment.owner = $1
        and segment.epoch = good.epoch
        and segment.until > clock_timestamp()
    for update of segment skip locked
),

extended as (
    update segment
    set until = clock_timestamp() + $2 * interval '1 microsecond', ttl_us = $2
    from locked
    where segment.generation = locked.generation and segment.id = locked.id and segment.mask = locked.mask
    returning locked.place, segment.commits
)

select null::bigint as place, id as node, null as paused_by, null as paused_reason, null::bigint as said, null::bigint as commits
from node
where id <> $1 and binds(until, ttl_us)
union all
select good.place, null, good.paused_by, good.paused_reason, good.said, extended.commits
from good
left join extended on extended.place = good.place
