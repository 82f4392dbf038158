from snnexp.notebook import compose as compose
from snnexp.notebook import lif as lif
from snnexp.notebook import load as load
from snnexp.notebook import train as train

PYTHON: tuple[str, ...]
__version__: str
