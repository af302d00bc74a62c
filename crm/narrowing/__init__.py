"""What lists of accounts and people can be narrowed by, as phrases over SQL: the admin and the API go by the same."""
