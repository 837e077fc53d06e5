"""A whole round under a simulated clock: people act through the API, time through the flows, mail over SMTP."""
