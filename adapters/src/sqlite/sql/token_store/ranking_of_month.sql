SELECT no, title, count
FROM best_seller_row
WHERE generation = ?1 AND month = ?2 AND count > 0
ORDER BY count DESC, no
LIMIT ?3 + 0
