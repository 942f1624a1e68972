-- Only under a claim that is good now and under the number that is next; answers the generation then, and no row else.
UPDATE segment
SET commits = ?6, committed_under = ?5, token_log = ?8, token_position = ?9, token_event = ?10
WHERE
    generation = (SELECT g.id FROM generation g WHERE g.processor = ?1 AND g.number = ?2)
    AND id = ?3 AND mask = ?4 AND epoch = ?5 AND commits = ?6 - 1 AND owner = ?7 AND until > ?11
RETURNING generation
