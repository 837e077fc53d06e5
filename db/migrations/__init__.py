"""Alembic migrations: forward only, from every landed version with data in place."""
