select exists (select from letter where generation = $1 and kind <> 2) as is_waiting
