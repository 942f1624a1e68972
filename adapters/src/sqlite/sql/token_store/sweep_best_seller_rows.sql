DELETE FROM best_seller_row
WHERE generation = ?1 AND (no, month) IN (SELECT no, month FROM best_seller_row WHERE generation = ?1 LIMIT ?2 + 0)
