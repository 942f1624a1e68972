create table naive (number bigserial primary key)
