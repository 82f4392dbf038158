"""What a sweeper is."""

from abc import ABC, abstractmethod
from argparse import Namespace

from snnexp.sweeps.launchers.base import Launcher


class Sweeper(ABC):
    """Chooses the runs of a sweep, and has a launcher train them."""

    @abstractmethod
    def sweep(self, overrides: list[str], given: Namespace, launcher: Launcher) -> int:
        """Make the runs that overrides stand for, by the options of `snnexp sweep`; returns the exit status."""
