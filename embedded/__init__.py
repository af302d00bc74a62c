"""Everything to run on one machine with nothing installed: PostgreSQL, Redis and the demo.

The servers come from Python packages, listen to this machine only, and end with
the program that started them. Not for production.
"""
