do $$
begin
    execute format('alter role %I reset default_transaction_read_only', current_setting('search_path'));
end
$$
