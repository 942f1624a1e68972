select
    (select coalesce(max(position), 0) from event) as head,
    (select id from event where position = ?1) as at_start
