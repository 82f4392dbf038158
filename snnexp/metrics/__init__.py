"""Figures of a training or test epoch, gathered on the device."""
