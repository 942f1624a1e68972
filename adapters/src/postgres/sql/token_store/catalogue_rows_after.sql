select no, title, author, status, holder from catalogue_row where generation = $1 and no > $2 order by no limit $3
