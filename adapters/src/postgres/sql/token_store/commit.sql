select commit_claimed(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::json, $12, $13, $14::json, $15, $16, $17, $18, $19
) as verdict
