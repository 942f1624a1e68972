-- The one that was called without the expected events. Two of one name could not be told apart by a call with fewer
-- values.
drop function if exists append_events(
    text[], bigint[], uuid[], integer[], integer[], text[], bigint[], uuid[], uuid[], text[], integer[], bytea[], bytea[], bigint[]
)
