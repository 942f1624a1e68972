-- How many sequences of a generation wait, and how many letters of one of them.
select
    count(distinct sequence) as sequences,
    count(*) filter (where sequence = $2) as letters
from letter
where generation = $1 and kind <> 2
