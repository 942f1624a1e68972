-- Those that are neither live nor being rebuilt.
select generation.id
from processor
join generation on generation.processor = processor.name
where
    processor.name = $1
    and generation.number <> processor.live
    and generation.number is distinct from processor.rebuilding
