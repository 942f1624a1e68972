INSERT OR REPLACE INTO catalogue_row (generation, no, title, author, status, holder, title_folded, author_folded)
SELECT
    ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, unhex(value ->> 4), value ->> 5, value ->> 6
FROM json_each(?2)
