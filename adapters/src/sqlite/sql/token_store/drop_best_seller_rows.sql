DELETE FROM best_seller_row WHERE generation = ?1
