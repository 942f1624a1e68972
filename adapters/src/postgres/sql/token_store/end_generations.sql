-- Ends all generations of a processor: nobody finds a segment or a letter of them any more. Their rows stay.
with ended as (
    select id from generation where processor = $1
),

segments as (
    delete from segment where generation in (select id from ended)
)

delete from letter where generation in (select id from ended)
