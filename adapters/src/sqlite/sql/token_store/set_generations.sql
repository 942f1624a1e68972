UPDATE processor SET live = ?2, rebuilding = ?3, newest = ?4 WHERE name = ?1
