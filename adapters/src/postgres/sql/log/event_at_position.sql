create unique index event_at_position on event (position)
