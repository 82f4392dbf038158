"""Devices, processes, signals and streams: what a training finds on its machine."""
