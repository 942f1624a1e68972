create unique index event_in_stream on event (stream, version)
