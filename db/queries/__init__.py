"""The questions that screens and reports ask, each one statement."""
