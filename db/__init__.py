"""Tables, sessions, migrations and the queries the screens ask."""
