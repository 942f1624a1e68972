INSERT INTO overlay (processor, event, payload) VALUES (?1, ?2, ?3)
ON CONFLICT (processor, event) DO UPDATE SET payload = excluded.payload
