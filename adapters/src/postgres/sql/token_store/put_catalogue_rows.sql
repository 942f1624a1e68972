-- Puts copies into the catalogue of a generation, and removes those with the numbers that are gone.
create function put_catalogue_rows(into_generation bigint, rows json, gone json)
returns void
language plpgsql
volatile
as $$
#variable_conflict use_column
begin
    insert into catalogue_row (generation, no, title, author, status, holder, title_folded, author_folded)
    select into_generation, r.no, r.title, r.author, r.status, r.holder, r.title_folded, r.author_folded
    from json_to_recordset(rows) as r (
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
    if json_array_length(gone) > 0 then
        delete from catalogue_row as r
        where
            r.generation = into_generation
            and r.no = any (array(select g.value::bigint from json_array_elements_text(gone) as g));
    end if;
end
$$
