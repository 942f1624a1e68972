select
    head,
    (select id from event where position = ?1) as at_start,
    max(?1, min(head, ?2)) as scanned_to,
    (select id from event where position = max(?1, min(head, ?2))) as at_end
from (select coalesce(max(position), 0) as head from event)
