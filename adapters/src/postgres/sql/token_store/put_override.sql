with told as (
    update processor set said = said + 1 where name = $1
),

kept as (
    insert into overlay (processor, event, payload) values ($1, $2, $3)
    on conflict (processor, event) do update set payload = excluded.payload
)

update letter
set letter_revision = letter_revision + 1
where event = $2 and generation in (select id from generation where processor = $1)
