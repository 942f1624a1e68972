insert into rental_form (part, version) values ($1, $2)
on conflict (part) do update set version = excluded.version where rental_form.version < excluded.version
