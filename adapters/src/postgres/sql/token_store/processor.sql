-- Locked, so that who changes the shape of a processor does so alone.
select paused_by, paused_reason, live, rebuilding, newest from processor where name = $1 for update
