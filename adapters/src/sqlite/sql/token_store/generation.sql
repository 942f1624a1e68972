SELECT id FROM generation WHERE processor = ?1 AND number = ?2
