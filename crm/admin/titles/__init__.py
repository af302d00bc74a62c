"""Job titles in the admin: whom they stand for and why, what the draft makes of them, and the pages of personas."""

from . import moving

__all__ = ["moving"]
