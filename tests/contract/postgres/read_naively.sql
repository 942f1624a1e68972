select number from naive where number > $1 order by number
