UPDATE processor SET rejected_dropped = rejected_dropped + ?2 WHERE name = ?1
