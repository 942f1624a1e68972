-- The columns without an aggregate are those of the row with the lowest position: the head.
SELECT sequence, count(*) AS letters, min(position) AS head, kind, due
FROM letter
WHERE generation = ?1 AND kind <> 2
GROUP BY sequence
