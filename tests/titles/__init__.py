"""How well job titles are read, measured on labelled titles that lie outside the project."""
