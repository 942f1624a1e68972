SELECT g.id
FROM processor p
JOIN generation g ON g.processor = p.name AND g.number = p.live
WHERE EXISTS (SELECT 1 FROM best_seller_row r WHERE r.generation = g.id)
