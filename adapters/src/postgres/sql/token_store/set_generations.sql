update processor set live = $2, rebuilding = $3, newest = $4, said = said + 1 where name = $1
