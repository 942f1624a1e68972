select pg_sleep(random() * 0.01)
