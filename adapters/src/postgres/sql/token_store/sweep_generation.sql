-- Removes some rows of a generation, of each kind as many as are named, and says how many.
with catalogue_rows as (
    delete from catalogue_row
    where ctid = any (array(select ctid from catalogue_row where generation = $1 limit $2))
    returning 1
),

loan_rows as (
    delete from loan_row
    where ctid = any (array(select ctid from loan_row where generation = $1 limit $2))
    returning 1
),

best_seller_rows as (
    delete from best_seller_row
    where ctid = any (array(select ctid from best_seller_row where generation = $1 limit $2))
    returning 1
),

process_rows as (
    delete from process_row
    where ctid = any (array(select ctid from process_row where generation = $1 limit $2))
    returning 1
)

select
    (select count(*) from catalogue_rows)
    + (select count(*) from loan_rows)
    + (select count(*) from best_seller_rows)
    + (select count(*) from process_rows) as swept
