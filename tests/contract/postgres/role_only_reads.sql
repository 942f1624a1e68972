do $$
begin
    execute format('alter role %I set default_transaction_read_only = on', current_setting('search_path'));
end
$$
