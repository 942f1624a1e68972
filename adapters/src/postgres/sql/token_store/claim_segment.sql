-- Claims a segment that is free, or answers as `refusal` what stands against it: `paused`, `held`, or what is not
-- there.
create function claim_segment(
    of_processor text, of_generation bigint, of_id bigint, of_mask bigint, by_node uuid, for_us bigint
)
returns table (
    refusal text,
    paused_by text,
    paused_reason text,
    owner uuid,
    until_us bigint,
    generation bigint,
    epoch bigint,
    commits bigint,
    token_log uuid,
    token_position bigint,
    token_event uuid
)
language plpgsql
volatile
as $$
#variable_conflict use_column
declare
    asked processor;
    place segment;
begin
    select p.* into asked from processor as p where p.name = of_processor;
    if not found then
        refusal := 'the name';
        return next;
        return;
    end if;
    if asked.paused_by is not null then
        refusal := 'paused';
        paused_by := asked.paused_by;
        paused_reason := asked.paused_reason;
        return next;
        return;
    end if;
    select g.id into generation from generation as g where g.processor = of_processor and g.number = of_generation;
    if not found then
        refusal := 'the generation';
        return next;
        return;
    end if;
    select s.* into place from segment as s
    where s.generation = claim_segment.generation and s.id = of_id and s.mask = of_mask
    for update;
    if not found then
        refusal := 'the segment';
        return next;
        return;
    end if;
    if place.owner <> by_node and binds(place.until, place.ttl_us) then
        refusal := 'held';
        owner := place.owner;
        until_us := extract(epoch from place.until) * 1000000;
        return next;
        return;
    end if;
    epoch := place.epoch + 1;
    commits := place.commits;
    token_log := place.token_log;
    token_position := place.token_position;
    token_event := place.token_event;
    update segment as s
    set epoch = claim_segment.epoch, owner = by_node, ttl_us = for_us, until = clock_timestamp() + for_us * interval '1 microsecond'
    where s.generation = place.generation and s.id = of_id and s.mask = of_mask;
    return next;
end
$$
