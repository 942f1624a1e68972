select id from generation where processor = $1 and number = $2
