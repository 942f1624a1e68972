-- Whether others have to respect a claim or a heartbeat. One that ends later than it ever could was made before the
-- clock jumped back; respecting it would lock everybody out for as long as the jump was wide.
create function binds(until timestamptz, ttl_us bigint)
returns boolean
language sql
volatile
as $$
select until > clock_timestamp() and until <= clock_timestamp() + 2 * ttl_us * interval '1 microsecond'
$$
