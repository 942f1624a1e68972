SELECT id, number FROM generation WHERE processor = ?1 ORDER BY number
