-- Ends a generation: nobody finds a segment or a letter of it any more. Its rows stay.
with segments as (
    delete from segment where generation = $1
)

delete from letter where generation = $1
