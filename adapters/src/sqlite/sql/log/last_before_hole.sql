-- The last event after ?1 and up to ?2 before which no position is missing.
select position, id
from (
    select position, id, row_number() over (order by position) as place
    from event
    where position > ?1 and position <= ?2
)
where position = ?1 + place
order by position desc
limit 1 + 0
