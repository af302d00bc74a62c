"""Reading files into companies: bytes to rows, headers to facts, cells to values, rows to companies."""
