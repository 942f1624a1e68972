INSERT INTO generation (processor, number) VALUES (?1, ?2)
