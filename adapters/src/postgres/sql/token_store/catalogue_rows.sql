select kept.no, kept.title, kept.author, kept.status, kept.holder
from held_generation($1, $2, $3, $4, $5, $6) as held
left join catalogue_row as kept on kept.generation = held.id and kept.no = any ($7)
