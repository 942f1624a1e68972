INSERT OR REPLACE INTO catalogue_row (generation, no, title, author, status, holder, title_folded, author_folded)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
