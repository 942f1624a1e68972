-- Everything that belongs to a generation, and itself.
with segments as (
    delete from segment where generation = $1
),

letters as (
    delete from letter where generation = $1
),

catalogue_rows as (
    delete from catalogue_row where generation = $1
),

loan_rows as (
    delete from loan_row where generation = $1
),

best_seller_rows as (
    delete from best_seller_row where generation = $1
),

process_rows as (
    delete from process_row where generation = $1
)

delete from generation where id = $1
