UPDATE segment SET owner = NULL, until = NULL, ttl_ns = NULL WHERE owner = ?1
