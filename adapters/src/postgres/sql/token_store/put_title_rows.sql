-- Puts titles of books that another process has, and removes those with the numbers that are gone.
create function put_title_rows(into_generation bigint, rows json, gone json)
returns void
language plpgsql
volatile
as $$
#variable_conflict use_column
begin
    insert into title_row (generation, no, title)
    select into_generation, r.no, r.title
    from json_to_recordset(rows) as r (no bigint, title text)
    order by r.no
    on conflict (generation, no) do update set title = excluded.title;
    if json_array_length(gone) > 0 then
        delete from title_row as r
        where
            r.generation = into_generation
            and r.no = any (array(select g.value::bigint from json_array_elements_text(gone) as g));
    end if;
end
$$
