-- Under the lock of appends, as one transaction. The log it goes to has to be empty still: positions there begin at 1.
do $$
begin
    perform pg_advisory_xact_lock(1919249004, 'event'::regclass::oid::integer);
    if exists (select from event) then
        raise exception 'somebody appended to the log meanwhile' using errcode = 'object_not_in_prerequisite_state';
    end if;
    execute format(
        'insert into event (position, version, occurred_at, id, command, revision, stream, type, payload, metadata)
         select position, version, occurred_at, id, command, revision, stream, type, payload, metadata
         from %I.event
         order by position',
        current_setting('rental.beside')
    );
    execute format('drop schema %I cascade', current_setting('rental.beside'));
end
$$
