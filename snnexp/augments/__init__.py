"""Random changes of uint8 images, drawn for each sample and applied to many at once on their device."""
