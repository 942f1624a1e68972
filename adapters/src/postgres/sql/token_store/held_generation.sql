-- What the tables call the generation of a claim, if that is good: its owner may act on it until it ends.
create function held_generation(
    of_processor text, of_generation bigint, of_id bigint, of_mask bigint, by_node uuid, under_epoch bigint
)
returns table (id bigint)
language sql
volatile
as $$
select generation.id
from generation
join segment on segment.generation = generation.id
where
    generation.processor = of_processor
    and generation.number = of_generation
    and segment.id = of_id
    and segment.mask = of_mask
    and segment.owner = by_node
    and segment.epoch = under_epoch
    and segment.until > clock_timestamp()
$$
