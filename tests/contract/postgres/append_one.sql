select what, version, position
from append_events(
    array[$1], array[$2], array[gen_random_uuid()], array[1], array[1], array[$1], array[$2 + 1], array[$3], array[gen_random_uuid()],
    array['law.happened'], array[1], array['{}'::bytea], array['{}'::bytea], array[0::bigint]
)
