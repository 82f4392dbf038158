"""The one exception a user's mistake raises."""


class UserError(ValueError):
    """A mistake of the user's, told in one line with its remedy; the command line prints it and exits with status 2."""
