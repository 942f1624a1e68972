INSERT OR REPLACE INTO best_seller_row (generation, no, month, title, count) VALUES (?1, ?2, ?3, ?4, ?5)
