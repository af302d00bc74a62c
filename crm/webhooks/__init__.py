"""Telling others what happened: to addresses that may be told, signed, and again until it arrives."""
