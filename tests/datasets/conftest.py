"""What the data sets' tests share; the writers of their formats are imported by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
