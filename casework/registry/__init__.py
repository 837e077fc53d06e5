"""The rosters: districts, schools, principals, inspectors and what is known of each, as tables to be read in."""
