"""Networks around the spiking layers."""
