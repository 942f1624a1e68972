INSERT INTO processor (name, live, newest) VALUES (?1, 0, 0) ON CONFLICT (name) DO NOTHING
