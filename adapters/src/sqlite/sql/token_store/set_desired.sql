UPDATE processor SET paused_by = ?2, paused_reason = ?3 WHERE name = ?1
