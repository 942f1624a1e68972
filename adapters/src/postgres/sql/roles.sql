-- The least that the service needs, for a role of its own; it cannot change or remove what was recorded.
--
-- Run it as the owner of the schema, after the migration, each time a version brings new tables:
--
--     create role rental_app login password '…';
--     PGOPTIONS='-c search_path=rental -c rental.role=rental_app' psql "$OWNERS_URL" -f roles.sql
do $$
declare
    app text := current_setting('rental.role');
    place text := current_schema();
    name text;
begin
    execute format('revoke all on schema %I from %I', place, app);
    execute format('revoke all on all tables in schema %I from %I', place, app);
    execute format('grant usage on schema %I to %I', place, app);
    execute format('grant select on %I.rental_form to %I', place, app);
    if to_regclass(format('%I.event', place)) is not null then
        execute format('grant select, insert on %I.event, %I.log to %I', place, place, app);
        execute format('grant select, insert, update on %I.snapshot to %I', place, app);
    end if;
    if to_regclass(format('%I.processor', place)) is not null then
        foreach name in array array[
            'node', 'processor', 'generation', 'segment', 'letter', 'overlay', 'catalogue_row', 'loan_row', 'best_seller_row',
            'process_row', 'title_row', 'live_generation'
        ] loop
            execute format('grant select, insert, update, delete on %I.%I to %I', place, name, app);
        end loop;
    end if;
end
$$
