-- One at a time for each schema, for as long as the connection lasts.
select pg_try_advisory_lock(hashtextextended('rental import into ' || current_setting('search_path'), 0))
