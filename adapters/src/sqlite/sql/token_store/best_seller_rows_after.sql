SELECT no, month, title, count
FROM best_seller_row WHERE generation = ?1 AND (no, month) > (?2, ?3) ORDER BY no, month LIMIT ?4 + 0
