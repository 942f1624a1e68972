-- Judges the proposals of one call and stores the winners, in one round trip.
--
-- Given are a proposal each (`for_`), a command each (`by_`), and an event each (`new_`); proposals are numbered from
-- 1. No two of them name the same stream or the same command. `for_event` came last, so a node of an older program
-- calls without it: then, and where it is null, the version alone has to be the one expected.
--
-- Answers a row for each known command (`what` 2: where its first event stands, and which that is), a row for each
-- stream whose last event is not the one expected (`what` 1: the version it has), and last the position after which
-- events were stored (`what` 0). A proposal with none of the first two was stored; others were not, and left it alone.
--
-- Commands are hardly ever known, so they are not looked up: the index on them refuses one that is, and only then, or
-- when a stream has another version, everything is judged. What happens each time is in as few statements as can be,
-- and opens lists side by side in a select list: in a from clause each of them would be written to a store of its own
-- first.
create or replace function append_events(
    for_stream text[],
    for_expected bigint[],
    by_command uuid[],
    by_proposal integer[],
    new_proposal integer[],
    new_stream text[],
    new_version bigint[],
    new_id uuid[],
    new_command uuid[],
    new_type text[],
    new_revision integer[],
    new_payload bytea[],
    new_metadata bytea[],
    new_occurred_at bigint[],
    for_event uuid[] default null
)
returns table (
    what smallint,
    proposal integer,
    command uuid,
    event uuid,
    stream text,
    version bigint,
    "position" bigint
)
language plpgsql
volatile
as $$
#variable_conflict use_column
declare
    base bigint;
    is_late boolean; -- the last event of a stream is not the one expected
    losers integer[] := '{}';
begin
    -- A statement of its own, and the first: what comes after it sees all that was committed under the lock before.
    perform pg_advisory_xact_lock(1919249004, 'event'::regclass::oid::integer);

    select
        coalesce(max(e.position), 0),
        exists (
            select
            from (
                select unnest(for_stream) as stream, unnest(for_expected) as expected, unnest(for_event) as event
            ) as p
            left join lateral (
                select e.version, e.id from event as e where e.stream = p.stream order by e.version desc limit 1
            ) as l on true
            where p.expected <> coalesce(l.version, 0) or (p.event is not null and p.event is distinct from l.id)
        )
    into base, is_late
    from event as e;

    if not is_late then
        begin
            insert into event (
                position, stream, version, id, command, type, revision, payload, metadata, occurred_at
            )
            select
                base + n.place, n.stream, n.version, n.id, n.command, n.type, n.revision, n.payload, n.metadata, n.occurred_at
            from (
                select
                    generate_subscripts(new_id, 1) as place,
                    unnest(new_stream) as stream,
                    unnest(new_version) as version,
                    unnest(new_id) as id,
                    unnest(new_command) as command,
                    unnest(new_type) as type,
                    unnest(new_revision) as revision,
                    unnest(new_payload) as payload,
                    unnest(new_metadata) as metadata,
                    unnest(new_occurred_at) as occurred_at
            ) as n;

            what := 0;
            position := base;
            return next;
            return;
        exception when unique_violation then
            -- A command is known, and the answer comes to say which; or somebody writes without the lock, and it
            -- happens again.
            null;
        end;
    end if;

    what := 1;
    for proposal, version in
        select p.proposal::integer, coalesce(l.version, 0)
        from unnest(for_stream, for_expected, for_event) with ordinality as p (stream, expected, event, proposal)
        left join lateral (
            select e.version, e.id from event as e where e.stream = p.stream order by e.version desc limit 1
        ) as l on true
        where p.expected <> coalesce(l.version, 0) or (p.event is not null and p.event is distinct from l.id)
    loop
        losers := losers || proposal;
        return next;
    end loop;

    what := 2;
    for proposal, command, event, stream, version, position in
        select asked.proposal, e.command, e.id, e.stream, e.version, e.position
        from unnest(by_command, by_proposal) as asked (command, proposal)
        join event as e on e.command = asked.command
    loop
        losers := losers || proposal;
        return next;
    end loop;

    insert into event (
        position, stream, version, id, command, type, revision, payload, metadata, occurred_at
    )
    select
        base + row_number() over (order by n.place),
        n.stream, n.version, n.id, n.command, n.type, n.revision, n.payload, n.metadata, n.occurred_at
    from unnest(
        new_proposal, new_stream, new_version, new_id, new_command, new_type, new_revision, new_payload, new_metadata,
        new_occurred_at
    ) with ordinality as n (
        proposal, stream, version, id, command, type, revision, payload, metadata, occurred_at, place
    )
    where n.proposal <> all (losers);

    what := 0;
    position := base;
    return next;
end
$$
