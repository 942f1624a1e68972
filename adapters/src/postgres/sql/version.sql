select version from rental_form where part = $1
