SELECT event, payload FROM overlay WHERE processor = ?1
