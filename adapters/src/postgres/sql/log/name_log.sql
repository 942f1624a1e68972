insert into log (only_one, id) values (true, $1) on conflict do nothing
