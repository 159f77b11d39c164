"""Ways to fail that a user can do something about."""

from __future__ import annotations


class UserError(Exception):
    """What went wrong and what to do about it, in the user's words; ``field`` names the input at fault."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(UserError):
    """The thing asked for does not exist (any more)."""
