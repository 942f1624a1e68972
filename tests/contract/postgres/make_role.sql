-- Named as the schema, so that it goes with it.
do $$
begin
    execute format('create role %I login password ''secret''', current_setting('search_path'));
    perform set_config('rental.role', current_setting('search_path'), false);
end
$$
