-- A generation of which no rows are left.
with segments as (
    delete from segment where generation = $1
),

letters as (
    delete from letter where generation = $1
)

delete from generation where id = $1
