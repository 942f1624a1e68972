-- Puts rentals that have not ended, and removes those with the ids that are gone.
create function put_loan_rows(into_generation bigint, rows json, gone json)
returns void
language plpgsql
volatile
as $$
#variable_conflict use_column
begin
    insert into loan_row (generation, id, member, book, title, rented_on, due_on, overdue, state)
    select into_generation, r.id, r.member, r.book, r.title, r.rented_on, r.due_on, r.overdue, r.state
    from json_to_recordset(rows) as r (
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
    if json_array_length(gone) > 0 then
        delete from loan_row as r
        where
            r.generation = into_generation
            and r.id = any (array(select g.value::uuid from json_array_elements_text(gone) as g));
    end if;
end
$$
