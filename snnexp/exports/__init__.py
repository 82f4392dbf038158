"""Formats in which a trained network leaves the project, one a file: `write` makes the files of a run."""
