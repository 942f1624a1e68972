-- A sequence's head is the letter with the lowest position.
select distinct on (sequence)
    sequence, kind, due, position as head, count(*) over (partition by sequence) as letters
from letter
where generation = $1 and kind <> 2
order by sequence, position, id
