SELECT no, month, title, count FROM best_seller_row WHERE generation = ?1 AND no = ?2 AND month = ?3
