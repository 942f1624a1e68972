select position from event where stream = $1
