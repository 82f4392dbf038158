"""The exceptions that are told in one line."""


class UserError(ValueError):
    """A mistake of the user's, told in one line with its remedy; the command line prints it and exits with status 2."""


class RunError(RuntimeError):
    """A run that cannot go on, told in one line with what may help; the command line exits with status 1."""


class Preempted(BaseException):
    """A run that was asked to stop and has saved its state, told in one line; the command line exits with status 75."""
