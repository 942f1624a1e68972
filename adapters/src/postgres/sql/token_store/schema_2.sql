-- Counts the changes of a letter, so that nobody overwrites what somebody else made of it meanwhile.
alter table letter add column letter_revision bigint not null default 1;
