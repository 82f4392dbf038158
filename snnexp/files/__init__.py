"""Files that a stranger may have made, or that a crash may cut: read and written safely."""
