-- Puts attempts, and removes those with the ids that are gone.
create function put_process_rows(into_generation bigint, rows json, gone json)
returns void
language plpgsql
volatile
as $$
#variable_conflict use_column
begin
    insert into process_row (
        generation, id, kind, member, book, status, reason, book_state, book_reason, member_state, member_reason, steps,
        started_at, started, deadline
    )
    select
        into_generation, r.id, r.kind, r.member, r.book, r.status, r.reason, r.book_state, r.book_reason, r.member_state,
        r.member_reason, r.steps, r.started_at, r.started, r.deadline
    from json_to_recordset(rows) as r (
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
    if json_array_length(gone) > 0 then
        delete from process_row as r
        where
            r.generation = into_generation
            and r.id = any (array(select g.value::bytea from json_array_elements_text(gone) as g));
    end if;
end
$$
