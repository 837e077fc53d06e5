"""What people and time do to cases: load, decide, write. The edge opens and commits the unit of work."""
