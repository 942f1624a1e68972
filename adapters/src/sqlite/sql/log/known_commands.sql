select event.command, event.stream, event.version, event.position
from json_each(?1) as asked
cross join event on event.command = unhex(asked.value)
