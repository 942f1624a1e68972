-- Counts the changes of a letter, so that nobody overwrites what somebody else made of it meanwhile.
ALTER TABLE letter ADD COLUMN letter_revision INTEGER NOT NULL DEFAULT 1;
