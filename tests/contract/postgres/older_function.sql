-- As version 3 had it, as far as a call can tell.
drop function append_events;
create function append_events(
    for_stream text[], for_expected bigint[], by_command uuid[], by_proposal integer[], new_proposal integer[],
    new_stream text[], new_version bigint[], new_id uuid[], new_command uuid[], new_type text[], new_revision integer[],
    new_payload bytea[], new_metadata bytea[], new_occurred_at bigint[]
)
returns table (
    what smallint, proposal integer, command uuid, event uuid, stream text, version bigint, "position" bigint
)
language plpgsql
as $$
begin
    raise 'the older function was called';
end
$$;
update rental_form set version = 3 where part = 'log'
