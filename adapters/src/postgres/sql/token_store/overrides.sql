select event, payload from overlay where processor = $1
