"""The Prefect tasks that flows are made of: set-oriented, idempotent, retriable."""
