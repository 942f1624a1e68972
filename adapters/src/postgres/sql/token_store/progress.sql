-- How far all live segments of each processor have come.
select live_generation.processor, min(segment.token_position) as reached
from live_generation
join segment on segment.generation = live_generation.id
group by live_generation.processor
