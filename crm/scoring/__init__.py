"""Scoring: sort accounts into cells, score each distinct cell once, write back what differs."""
