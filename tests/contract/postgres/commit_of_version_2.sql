select commit_work(
    'catalogue', 0, 0, 0, $1, $2, $3, $4, 8, $5, null, null, null, null, '{}', '{}', '{}', '{}', '{}', '{}', '{}', null, '{}', '{}',
    1024, 1024, 10000
)
