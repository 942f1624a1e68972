select event.command, event.stream, event.version, event.position
from unnest($1::uuid[]) as asked (command)
join event on event.command = asked.command
