select
    generation.processor, generation.number, letter.id, letter.sequence, letter.kind, letter.position, letter.stream,
    letter.version, letter.event, letter.command, letter.type, letter.revision, letter.payload, letter.metadata,
    letter.occurred_at, letter.attempts, letter.failures, letter.first_at, letter.last_at, letter.due, letter.letter_revision,
    overlay.event is not null as has_overlay, overlay.payload as overlay
from generation
join letter on letter.generation = generation.id
left join overlay on overlay.processor = generation.processor and overlay.event = letter.event
where generation.processor = $1 and generation.number = $2 and letter.sequence = $3 and letter.kind <> 2
order by letter.position, letter.id
limit $4
