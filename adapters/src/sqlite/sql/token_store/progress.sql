SELECT min(s.token_position) AS reached
FROM processor p
JOIN generation g ON g.processor = p.name AND g.number = p.live
JOIN segment s ON s.generation = g.id
WHERE p.name = ?1
