-- One row, also of an empty log.
select (select id from log) as log, last.position, last.id
from (select 1) as one
left join lateral (
    select position, id from event order by position desc limit 1
) as last on true
