-- The title, without an aggregate, is that of the row with the latest month.
SELECT no, max(month), title, sum(count) AS count
FROM best_seller_row
WHERE generation = ?1
GROUP BY no
HAVING sum(count) > 0
ORDER BY 4 DESC, no
LIMIT ?2 + 0
