-- "libe": the library's events.
pragma application_id = 0x6c696265
