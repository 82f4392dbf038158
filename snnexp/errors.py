"""The exceptions that are reported in one line, and the exit statuses that stand for them."""

FAILURE, WRONG_INPUT, PREEMPTED = 1, 2, 75


class UserError(ValueError):
    """A mistake of the user's, in one line with its remedy; the command line prints it and exits with status 2."""


class RunError(RuntimeError):
    """A run that cannot continue, reported in one line with what may help; the command line exits with status 1."""


class Preempted(BaseException):
    """A run that was asked to stop and has saved its state, in one line; the command line exits with status 75."""


def require(holds: bool, otherwise: str) -> None:
    """Raise `UserError`, which names key, value and what is expected, unless a condition holds."""
    if not holds:
        raise UserError(otherwise)


def plain(text: str) -> str:
    """Return a text with what a terminal would obey, such as colours and moves of the cursor, as escapes to be read."""
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text)


def reason(error: Exception) -> str:
    """Return why something failed, in one line: of the system's errors what happened, without number and path."""
    said = error.strerror if isinstance(error, OSError) else None
    return " ".join((said or str(error)).split())


def one_line(error: Exception) -> str:
    """Return what an error says, in one line: of the system's errors which file and why, a bug's with its type."""
    if isinstance(error, OSError) and error.strerror:
        named = " ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
        return plain(f"{named or 'input or output'}: {error.strerror}")
    text = plain(" ".join(str(error).split()))
    return text if isinstance(error, UserError | RunError) else f"{type(error).__name__}: {text}"
