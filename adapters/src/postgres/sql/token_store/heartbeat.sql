-- Nodes that live, and this one; those whose time has passed go.
with beat as (
    insert into node (id, until, ttl_us)
    values ($1, clock_timestamp() + $2 * interval '1 microsecond', $2)
    on conflict (id) do update set until = excluded.until, ttl_us = excluded.ttl_us
),

gone as (
    delete from node where id <> $1 and not binds(until, ttl_us)
)

select id from node where id <> $1 and binds(until, ttl_us)
union all
select $1
order by id
