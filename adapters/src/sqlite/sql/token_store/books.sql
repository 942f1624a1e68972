SELECT no, title, author, status, holder
FROM catalogue_row
WHERE generation = ?1
    AND no > ?2
    AND (?3 IS NULL OR status = ?3)
    AND (?4 IS NULL OR instr(title_folded, ?4) > 0 OR instr(author_folded, ?4) > 0)
ORDER BY no
LIMIT ?5 + 0
