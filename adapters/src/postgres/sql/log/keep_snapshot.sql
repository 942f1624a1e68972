-- Nobody waits for the disk here: whoever finds an older snapshot, or none, reads more events. What is set ends with
-- the statement, which is a transaction of its own, and costs no round trip.
insert into snapshot (stream, version, position, event, log, schema, state)
select $1, $2, $3, $4, $5, $6, $7
from (select set_config('synchronous_commit', 'off', true)) as in_a_hurry
on conflict (stream) do update
set
    version = excluded.version,
    position = excluded.position,
    event = excluded.event,
    log = excluded.log,
    schema = excluded.schema,
    state = excluded.state
where
    snapshot.version <= excluded.version
    or snapshot.log <> (select id from log)
    or not exists (
        select
        from event
        where
            event.stream = snapshot.stream
            and event.version = snapshot.version
            and event.position = snapshot.position
            and event.id = snapshot.event
    )
