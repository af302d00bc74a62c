"""What goes wrong here."""


class ServiceError(Exception):
    """A program that we run could not start, or ended by itself."""
