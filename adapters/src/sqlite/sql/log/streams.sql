with recursive found (stream) as (
    select min(event.stream) from event where event.stream > ?1 and event.stream < ?2
    union all
    select (select min(event.stream) from event where event.stream > found.stream and event.stream < ?2)
    from found
    where found.stream is not null
)
select stream from found where stream is not null limit ?3 + 0
