-- The first word on a processor counts.
with put as (
    insert into processor (name, live, newest) values ($1, 0, 0) on conflict (name) do nothing returning name
),

first as (
    insert into generation (processor, number) select name, 0 from put returning id
)

insert into segment (generation, id, mask, epoch, commits, committed_under, token_log, token_position, token_event)
select first.id, part.id, part.mask, 0, 0, 0, $4, $5, $6
from first
cross join unnest($2::bigint[], $3::bigint[]) as part (id, mask)
