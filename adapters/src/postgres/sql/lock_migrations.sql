-- One node at a time, for each schema; given back with the end of the transaction.
select pg_advisory_xact_lock(hashtextextended('rental migrations of ' || current_setting('search_path'), 0))
