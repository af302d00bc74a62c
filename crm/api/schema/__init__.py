"""The API as it describes itself: OpenAPI 3.1, and pages to read and try it."""
