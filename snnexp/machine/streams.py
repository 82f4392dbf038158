"""The streams of a command line: there, in UTF-8, and without a word where nobody reads on."""

import codecs
import locale
import os
import select
import signal
import sys

NAMES = ("stdin", "stdout", "stderr")


def prepare() -> None:
    """Make the streams fit for this process's texts; it may begin again for that."""
    for name in NAMES:
        if getattr(sys, name) is None:  # closed, as by `>&-`: the next file would be taken for it
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is the stream's own
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w"))
    if not sys.flags.utf8_mode and codecs.lookup(locale.getencoding()).name != "utf-8":
        begin_in_utf8()


def begin_in_utf8() -> None:
    """Restart in Python's UTF-8 mode where it is off, as under `LC_ALL=C`: texts here hold µ and ±."""
    os.execve(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]], os.environ | {"PYTHONUTF8": "1"})


def is_unread() -> bool:
    """Return whether nobody reads what this process writes, as behind `snnexp ls | head -1`."""
    poll = select.poll()
    for stream in (sys.stdout, sys.stderr):
        poll.register(stream.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def close() -> int:
    """Drop what was not read; return what a shell has as the exit status of SIGPIPE."""
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 128 + signal.SIGPIPE
