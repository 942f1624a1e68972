insert into generation (processor, number) values ($1, $2)
