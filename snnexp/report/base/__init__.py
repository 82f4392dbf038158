"""What the parts of a report share: runs as they are read, and panels as they are drawn."""
