DELETE FROM best_seller_row
WHERE generation = ?1 AND (no, month) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?2))
