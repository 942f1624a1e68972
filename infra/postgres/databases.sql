-- A database for each service of compose.yml: they share a server, and nothing in it.
create database library;
create database rental;
create database book;
create database member;
