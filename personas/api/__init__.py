"""The API for integrations: what all of it shares, and the rules as resources."""
