"""The API for integrations."""
