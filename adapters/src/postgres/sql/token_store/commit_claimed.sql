-- Writes rows, letters and the token of a claim in one round trip, all or nothing. Returns `done`, also when this very
-- commit was made before, or `stale`. Raises `RL001` when a letter has no room, with the limit as its message, and
-- `RL002` when a letter has changed since it was read.
--
-- `views` holds, by the name of each view, the rows to put and the keys to remove; `put_<view>_rows` does it, so that
-- this function knows no view.
--
-- Does not wait for the disk: a crash of the server may lose the last commits, with rows, letters and tokens together,
-- and they are made again from the log. Claims, and whatever operators ask for, do wait.
create function commit_claimed(
    of_processor text,
    of_generation bigint,
    of_id bigint,
    of_mask bigint,
    by_node uuid,
    under_epoch bigint,
    number bigint,
    new_log uuid,
    new_position bigint,
    new_event uuid,
    views json,
    settled uuid[],
    settled_revisions bigint[],
    letters json,
    payloads bytea[],
    metadata bytea[],
    sequences_max bigint,
    letters_max bigint,
    rejected_max bigint
)
returns text
language plpgsql
volatile
as $$
#variable_conflict use_column
declare
    place segment;
    written bigint;
    oldest uuid[];
    view text;
    changes json;
begin
    perform set_config('synchronous_commit', 'off', true);

    select s.* into place
    from generation as g
    join segment as s on s.generation = g.id
    where g.processor = of_processor and g.number = of_generation and s.id = of_id and s.mask = of_mask
    for update of s;
    if not found
        or place.owner is distinct from by_node
        or place.epoch <> under_epoch
        or place.until <= clock_timestamp()
    then
        return 'stale';
    end if;
    if number = place.commits and under_epoch = place.committed_under then
        return case
            when new_log = place.token_log
                and new_position = place.token_position
                and new_event is not distinct from place.token_event
            then 'done'
            else 'stale'
        end;
    end if;
    if number <> place.commits + 1 then
        return 'stale';
    end if;

    update segment as s
    set
        commits = number,
        committed_under = under_epoch,
        token_log = new_log,
        token_position = new_position,
        token_event = new_event
    where s.generation = place.generation and s.id = of_id and s.mask = of_mask;

    for view, changes in select asked.key, asked.value from json_each(views) as asked loop
        execute format('select %I($1, $2, $3)', 'put_' || view || '_rows')
        using place.generation, changes -> 'rows', changes -> 'gone';
    end loop;

    if settled <> '{}' then
        delete from letter as l
        using unnest(settled, settled_revisions) as done (id, letter_revision)
        where l.generation = place.generation and l.id = done.id and l.letter_revision = done.letter_revision;
        get diagnostics written = row_count;
        if written <> cardinality(settled) then
            raise exception 'a settled letter' using errcode = 'RL002';
        end if;
    end if;
    if letters is null then
        return 'done';
    end if;

    -- Those of other segments are counted too: one commit with letters at a time for each generation.
    perform from generation as g where g.id = place.generation for update;
    with given as (
        select *
        from rows from (
            json_to_recordset(letters) as (
                id uuid, sequence text, kind smallint, position bigint, stream text, version bigint, event uuid, command uuid,
                type text, revision bigint, occurred_at text, attempts bigint, failures text, first_at text, last_at text, due text,
                letter_revision bigint
            ),
            unnest(payloads),
            unnest(metadata)
        ) as l (
            id, sequence, kind, position, stream, version, event, command, type, revision, occurred_at, attempts, failures,
            first_at, last_at, due, letter_revision, payload, metadata
        )
    ),
    added as (
        insert into letter (
            generation, id, sequence, kind, position, stream, version, event, command, type, revision, occurred_at, attempts,
            failures, first_at, last_at, due, payload, metadata, letter_revision
        )
        select
            place.generation, l.id, l.sequence, l.kind, l.position, l.stream, l.version, l.event, l.command, l.type, l.revision,
            l.occurred_at, l.attempts, l.failures, l.first_at, l.last_at, l.due, l.payload, l.metadata, 1
        from given as l
        where l.letter_revision = 0
        on conflict (generation, id) do nothing
        returning 1
    ),
    changed as (
        update letter as l
        set
            sequence = given.sequence,
            kind = given.kind,
            position = given.position,
            stream = given.stream,
            version = given.version,
            event = given.event,
            command = given.command,
            type = given.type,
            revision = given.revision,
            payload = given.payload,
            metadata = given.metadata,
            occurred_at = given.occurred_at,
            attempts = given.attempts,
            failures = given.failures,
            first_at = given.first_at,
            last_at = given.last_at,
            due = given.due,
            letter_revision = given.letter_revision + 1
        from given
        where l.generation = place.generation and l.id = given.id and l.letter_revision = given.letter_revision
        returning 1
    )
    select (select count(*) from added) + (select count(*) from changed) into written;
    if written <> json_array_length(letters) then
        raise exception 'a letter' using errcode = 'RL002';
    end if;

    if (
        select count(*) > sequences_max
        from (select distinct l.sequence from letter as l where l.generation = place.generation and l.kind <> 2) as blocked
    ) then
        raise exception 'sequences' using errcode = 'RL001';
    end if;
    if exists (
        select
        from letter as l
        where
            l.generation = place.generation
            and l.kind <> 2
            and l.sequence in (select touched.sequence from json_to_recordset(letters) as touched (sequence text))
        group by l.sequence
        having count(*) > letters_max
    ) then
        raise exception 'letters in a sequence' using errcode = 'RL001';
    end if;

    oldest := array(
        select l.id
        from letter as l
        where l.generation = place.generation and l.kind = 2
        order by l.first_at desc, l.position desc, l.id desc
        offset rejected_max
    );
    if oldest <> '{}' then
        delete from letter as l where l.generation = place.generation and l.id = any (oldest);
        update processor as p set rejected_dropped = p.rejected_dropped + cardinality(oldest) where p.name = of_processor;
    end if;
    return 'done';
end
$$
