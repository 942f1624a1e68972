insert into log (only, id) values (1, ?1) on conflict do nothing
