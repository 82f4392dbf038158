"""The RMP family's ResNet-18 for ImageNet, 11.69 M parameters."""

from snnexp.backbones.base.residual import LargeResnet


class Resnet18(LargeResnet):
    """One 7x7 convolution of stride 2, average pooling, stages of 2, 2, 2 and 2 blocks; own width 64.

    Source: yfguo91/Re-Loss models/resnet.py, ResNet18.
    """

    depths = (2, 2, 2, 2)
