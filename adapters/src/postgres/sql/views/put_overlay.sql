insert into overlay (processor, event, payload) values ($1, $2, $3)
on conflict (processor, event) do update set payload = excluded.payload
