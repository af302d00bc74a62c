"""Benchmarks: what each path costs beside its base, taken in one run. `make bench` prints the table."""
