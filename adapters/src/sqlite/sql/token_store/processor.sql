SELECT name, paused_by, paused_reason, live, rebuilding, newest, rejected_dropped FROM processor WHERE name = ?1
