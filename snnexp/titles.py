"""What is drawn of runs, and what it is called: figures by epoch, and those of each spiking layer."""

CURVES = {  # title: factor, and the key of the test set's figure (solid) and the training set's (dashed)
    "Accuracy (%)": (100, "test_accuracy", "train_accuracy"),
    "Loss": (1, "test_loss", "train_loss"),
    "Firing rate": (1, "firing_rate"),
    "Quantization error": (1, "quantization_error"),
}
LAYERS = {  # key: title
    "firing_rate": "Firing rate of each layer",
    "quantization_error": "Quantization error of each layer",
    "quantization_error_rectified": "Quantization error, rectified",
}
