select id from held_generation($1, $2, $3, $4, $5, $6)
