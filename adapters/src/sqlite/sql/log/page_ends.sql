select
    head,
    scanned_to,
    (select id from event where position = ?1) as at_start,
    (select id from event where position = scanned_to) as at_end,
    case
        when ?3 <> '[]' then (select count(*) from event where position > ?1 and position <= scanned_to)
    end as found
from (select head, max(?1, min(head, ?2)) as scanned_to from (select coalesce(max(position), 0) as head from event))
