"""The rules of supervision rounds: pure, without database, clock, web or Prefect."""
