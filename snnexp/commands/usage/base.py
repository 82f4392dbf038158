"""What all texts of `--help` end in."""

STATUSES = """\
exit status: 0 done, 1 failure, 2 wrong input, 75 preempted (the same command resumes)"""
