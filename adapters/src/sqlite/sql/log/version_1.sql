pragma user_version = 1
