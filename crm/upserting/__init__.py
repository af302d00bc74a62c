"""Many companies or contacts at once, as integrations state them: found or made, changed, and answered row by row."""
