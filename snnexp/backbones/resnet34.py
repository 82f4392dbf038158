"""The RMP family's ResNet-34 for ImageNet, 21.80 M parameters."""

from snnexp.backbones.base.residual import LargeResnet


class Resnet34(LargeResnet):
    """One 7x7 convolution of stride 2, average pooling, stages of 3, 4, 6 and 3 blocks; own width 64.

    Source: yfguo91/Re-Loss models/resnet.py, ResNet34.
    """

    depths = (3, 4, 6, 3)
