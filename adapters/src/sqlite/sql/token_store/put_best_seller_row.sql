INSERT OR REPLACE INTO best_seller_row (generation, no, month, title, count)
SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?2)
