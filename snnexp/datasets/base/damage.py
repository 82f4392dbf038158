"""The error for files that are not what their set's publisher made."""

from snnexp.errors import UserError


class BrokenData(UserError):
    """Files are missing or damaged; fetching the set mends it."""
