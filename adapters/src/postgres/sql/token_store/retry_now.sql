-- The processor is locked first, as by all who change it.
with told as (
    update processor set said = said + 1 where name = $1 returning name
),

due as (
    update letter
    set
        attempts = case kind when 1 then 0 else attempts end,
        kind = 0,
        letter_revision = letter_revision + 1,
        due = to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"000Z"')
    where
        generation in (select generation.id from told join generation on generation.processor = told.name)
        and kind <> 2
        and ($2::text is null or sequence = $2)
    returning 1
)

select count(*) as letters from due
