"""The web: JSON routers and the pages."""
