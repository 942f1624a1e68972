SELECT id AS owner, until, ttl_ns FROM node ORDER BY id
