create unique index event_of_command on event (command) where command is not null
