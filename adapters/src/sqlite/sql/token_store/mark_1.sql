PRAGMA application_id = 1919250038
