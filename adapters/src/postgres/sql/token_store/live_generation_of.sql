select id from live_generation where processor = $1
