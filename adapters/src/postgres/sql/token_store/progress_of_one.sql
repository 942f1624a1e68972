select min(segment.token_position) as reached
from live_generation
join segment on segment.generation = live_generation.id
where live_generation.processor = $1
