-- Writes rows, letters and the token of a claim, all or nothing, in one round trip. Answers `done`, also for a commit
-- that was done before, or `stale`; letters without a place end it with the code `RL001` and what they were too many
-- of.
--
-- It does not wait for the disk: a crash of the server may take the last commits, rows, letters and tokens together,
-- and they are made again from the log. Claims, letters' retries and all else that operators say does wait.
create function commit_work(
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
    catalogue json,
    loans json,
    best_sellers json,
    processes json,
    gone_books bigint[],
    gone_loans uuid[],
    gone_counts bigint[],
    gone_months text[],
    gone_processes bytea[],
    settled uuid[],
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
    oldest uuid[];
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
        return 'done';
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

    if catalogue is not null then
        insert into catalogue_row (generation, no, title, author, status, holder, title_folded, author_folded)
        select place.generation, r.no, r.title, r.author, r.status, r.holder, r.title_folded, r.author_folded
        from json_to_recordset(catalogue) as r (
            no bigint, title text, author text, status text, holder uuid, title_folded text, author_folded text
        )
        order by r.no
        on conflict (generation, no) do update
        set
            title = excluded.title,
            author = excluded.author,
            status = excluded.status,
            holder = excluded.holder,
            title_folded = excluded.title_folded,
            author_folded = excluded.author_folded;
    end if;
    if loans is not null then
        insert into loan_row (generation, id, member, book, title, rented_on, due_on, overdue, state)
        select place.generation, r.id, r.member, r.book, r.title, r.rented_on, r.due_on, r.overdue, r.state
        from json_to_recordset(loans) as r (
            id uuid, member text, book bigint, title text, rented_on text, due_on text, overdue boolean, state text
        )
        order by r.id
        on conflict (generation, id) do update
        set
            member = excluded.member,
            book = excluded.book,
            title = excluded.title,
            rented_on = excluded.rented_on,
            due_on = excluded.due_on,
            overdue = excluded.overdue,
            state = excluded.state;
    end if;
    if best_sellers is not null then
        insert into best_seller_row (generation, no, month, title, count)
        select place.generation, r.no, r.month, r.title, r.count
        from json_to_recordset(best_sellers) as r (no bigint, month text, title text, count bigint)
        order by r.no, r.month
        on conflict (generation, no, month) do update set title = excluded.title, count = excluded.count;
    end if;
    if processes is not null then
        insert into process_row (
            generation, id, kind, member, book, status, reason, book_state, book_reason, member_state, member_reason, steps,
            started_at, started, deadline
        )
        select
            place.generation, r.id, r.kind, r.member, r.book, r.status, r.reason, r.book_state, r.book_reason, r.member_state,
            r.member_reason, r.steps, r.started_at, r.started, r.deadline
        from json_to_recordset(processes) as r (
            id bytea, kind smallint, member text, book bigint, status text, reason text, book_state text, book_reason text,
            member_state text, member_reason text, steps text, started_at text, started bigint, deadline text
        )
        order by r.id
        on conflict (generation, id) do update
        set
            kind = excluded.kind,
            member = excluded.member,
            book = excluded.book,
            status = excluded.status,
            reason = excluded.reason,
            book_state = excluded.book_state,
            book_reason = excluded.book_reason,
            member_state = excluded.member_state,
            member_reason = excluded.member_reason,
            steps = excluded.steps,
            started_at = excluded.started_at,
            started = excluded.started,
            deadline = excluded.deadline;
    end if;
    if gone_books <> '{}' then
        delete from catalogue_row as r where r.generation = place.generation and r.no = any (gone_books);
    end if;
    if gone_loans <> '{}' then
        delete from loan_row as r where r.generation = place.generation and r.id = any (gone_loans);
    end if;
    if gone_counts <> '{}' then
        delete from best_seller_row as r
        using unnest(gone_counts, gone_months) as gone (no, month)
        where r.generation = place.generation and r.no = gone.no and r.month = gone.month;
    end if;
    if gone_processes <> '{}' then
        delete from process_row as r where r.generation = place.generation and r.id = any (gone_processes);
    end if;

    if settled <> '{}' then
        delete from letter as l where l.generation = place.generation and l.id = any (settled);
    end if;
    if letters is null then
        return 'done';
    end if;

    -- Those of other segments are counted too: one commit with letters at a time for each generation.
    perform from generation as g where g.id = place.generation for update;
    insert into letter (
        generation, id, sequence, kind, position, stream, version, event, command, type, revision, occurred_at, attempts,
        failures, first_at, last_at, due, payload, metadata
    )
    select
        place.generation, l.id, l.sequence, l.kind, l.position, l.stream, l.version, l.event, l.command, l.type, l.revision,
        l.occurred_at, l.attempts, l.failures, l.first_at, l.last_at, l.due, l.payload, l.metadata
    from rows from (
        json_to_recordset(letters) as (
            id uuid, sequence text, kind smallint, position bigint, stream text, version bigint, event uuid, command uuid,
            type text, revision bigint, occurred_at text, attempts bigint, failures text, first_at text, last_at text, due text
        ),
        unnest(payloads),
        unnest(metadata)
    ) as l (
        id, sequence, kind, position, stream, version, event, command, type, revision, occurred_at, attempts, failures,
        first_at, last_at, due, payload, metadata
    )
    on conflict (generation, id) do update
    set
        sequence = excluded.sequence,
        kind = excluded.kind,
        position = excluded.position,
        stream = excluded.stream,
        version = excluded.version,
        event = excluded.event,
        command = excluded.command,
        type = excluded.type,
        revision = excluded.revision,
        payload = excluded.payload,
        metadata = excluded.metadata,
        occurred_at = excluded.occurred_at,
        attempts = excluded.attempts,
        failures = excluded.failures,
        first_at = excluded.first_at,
        last_at = excluded.last_at,
        due = excluded.due;

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
