-- Counts what operators have said of a processor's letters and events, so that who works on it learns it with its next
-- heartbeat.
alter table processor add column said bigint not null default 0;
