"""Data sets: one file each, held whole on the device as uint8."""
