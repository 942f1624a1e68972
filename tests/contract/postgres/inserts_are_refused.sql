-- With the code by which a server says that it takes no changes.
create function takes_no_changes() returns trigger language plpgsql as $$
begin
    raise exception 'cannot execute INSERT in a read-only transaction' using errcode = '25006';
end
$$;
create trigger takes_no_changes before insert on event for each statement execute function takes_no_changes()
