-- A name that does not begin like this was not made for measuring, and may hold what somebody needs.
do $$
begin
    if current_setting('search_path') like 'bench\_%' then
        execute format('drop schema if exists %I cascade', current_setting('search_path'));
    end if;
end
$$
