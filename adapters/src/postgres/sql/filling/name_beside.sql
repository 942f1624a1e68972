select set_config('rental.beside', $1, false)
