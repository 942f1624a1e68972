-- Jumps from sequence to sequence through the index instead of reading every letter.
WITH RECURSIVE found (sequence) AS (
    SELECT min(sequence) FROM letter WHERE generation = ?1 AND kind <> 2
    UNION ALL
    SELECT (SELECT min(l.sequence) FROM letter l WHERE l.generation = ?1 AND l.kind <> 2 AND l.sequence > found.sequence)
    FROM found
    WHERE found.sequence IS NOT NULL
)
SELECT count(sequence) FROM found
