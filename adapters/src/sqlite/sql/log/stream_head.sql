select
    (select coalesce(max(version), 0) from event where stream = ?1) as head,
    (select id from event where stream = ?1 and version = ?2) as at_start
