with nodes as (
    update node set until = until - $1 * interval '1 microsecond'
)

update segment set until = until - $1 * interval '1 microsecond'
