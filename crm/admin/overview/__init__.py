"""The dashboard: what the whole population looks like, and what to look up next."""
