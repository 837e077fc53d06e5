"""How fast, beside how fast it could be: ``python -m bench``."""
