SELECT
    count(*) FILTER (WHERE kind = 0) AS parked,
    count(*) FILTER (WHERE kind = 1) AS abandoned,
    count(*) FILTER (WHERE kind = 2) AS rejected
FROM letter WHERE generation = ?1
