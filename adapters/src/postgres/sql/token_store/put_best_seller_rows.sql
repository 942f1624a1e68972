-- Puts counts of copies in months, and removes those of the copies and months that are gone.
create function put_best_seller_rows(into_generation bigint, rows json, gone json)
returns void
language plpgsql
volatile
as $$
#variable_conflict use_column
begin
    insert into best_seller_row (generation, no, month, title, count)
    select into_generation, r.no, r.month, r.title, r.count
    from json_to_recordset(rows) as r (no bigint, month text, title text, count bigint)
    order by r.no, r.month
    on conflict (generation, no, month) do update set title = excluded.title, count = excluded.count;
    if json_array_length(gone) > 0 then
        delete from best_seller_row as r
        using json_to_recordset(gone) as g (no bigint, month text)
        where r.generation = into_generation and r.no = g.no and r.month = g.month;
    end if;
end
$$
