-- Titles of books that another process has.
CREATE TABLE title_row (
    generation INTEGER NOT NULL,
    no INTEGER NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (generation, no)
) WITHOUT ROWID;
