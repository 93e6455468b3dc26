"""Makes the pictures of both READMEs anew: `pictures.py`, with the programs of lane tray. They go into docs/images."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from support.checkout import ROOT
from support.tray_host import tray_host
from support.tray_sample import Sample, photograph

IMAGES = ROOT / "docs" / "images"
#: Name of the picture in the documents: what `shots.py` calls it.
SHOWN = {"activity": "activity-submitted", "settings": "settings-license"}


def main() -> int:
    """Two windows in two languages, light, at 100 %."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cad-") as folder:
        world = Sample(Path(folder))
        try:
            jobs = world.live()
            with tray_host(Path(folder) / "desktop") as host:
                for language in ("en", "zh"):
                    for name, shot in SHOWN.items():
                        out = Path(folder) / f"{language}-{name}"
                        photograph(world, host, jobs, (language, 1, "light"), out, only=shot)
                        picture = QImage(str(out / f"{shot}.png"))
                        # 256 colours are enough for a window, and a third of the size.
                        few = picture.convertToFormat(
                            QImage.Format.Format_Indexed8, Qt.ImageConversionFlag.ThresholdDither
                        )
                        few.save(str(IMAGES / f"{name}.{language}.png"))
        finally:
            world.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
