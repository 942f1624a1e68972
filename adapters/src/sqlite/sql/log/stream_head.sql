select coalesce(max(version), 0) as head from event where stream = ?1
