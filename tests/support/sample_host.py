"""A CAD that is not there: its description, its installations and its add-in, in temporary folders."""

from __future__ import annotations

from pathlib import Path

from iscbridge.hosts.catalog import Catalog, Origin, read_catalog
from iscbridge.hosts.install import Target
from iscbridge.hosts.overview import Overview, Row, overview
from iscbridge.hosts.roots import Roots
from iscbridge.platform.folders import Home

DESCRIPTION = """
form = 1

[host]
name = "samplecad"
product = "SampleCAD"
title = { en = "Sample CAD", zh = "示例 CAD" }
oldest = "2.0"

[addin]
folder = "addin"
name = "CloudAddin"
version = "1.1"

[[find]]
platform = "linux"
path = "{opt}/SampleCAD {version}/bin/samplecad"

[[place]]
platform = "linux"
path = "{data}/SampleCAD/v{major}-{minor}/Mod"
if_exists = "{data}/SampleCAD/v{major}-{minor}"

[[place]]
platform = "linux"
path = "{data}/SampleCAD/Mod"
"""
ADDIN = {
    "Init.py": b"# starts\n",
    "InitGui.py": b"import cloud\n",
    "icons/save.svg": b"<svg/>",
    "lib/cloud.py": b"x = 1\n",
}


class SampleHost:
    """The folders of a machine on which the sample CAD may be installed."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "profile")
        self.home.ensure()
        self.opt, self.data = root / "opt", root / "data"
        for folder in (self.opt, self.data):
            folder.mkdir()
        self.roots = Roots("linux", {"opt": str(self.opt), "data": str(self.data), "home": str(root / "user")})
        self.vendor = root / "vendor"
        self.shipped = root / "shipped"
        self.write(self.vendor)

    def write(self, folder: Path, description: str = DESCRIPTION) -> Path:
        """A vendor's folder: description and add-in."""
        for name, content in ADDIN.items():
            path = folder / "addin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        path = folder / "host.toml"
        path.write_text(description, encoding="utf-8")
        return path

    def install_cad(self, version: str = "2.1") -> Path:
        """Install the CAD."""
        program = self.opt / f"SampleCAD {version}" / "bin" / "samplecad"
        program.parent.mkdir(parents=True)
        program.write_bytes(b"")
        return program

    def catalog(self) -> Catalog:
        """The catalogue with the sample as one that ships."""
        self.write(self.shipped / "samplecad")
        return read_catalog([(Origin.SHIPPED, self.shipped)])

    def overview(self) -> Overview:
        """What a person sees."""
        return overview(self.home, self.roots, self.catalog())

    def row(self) -> Row:
        """The only row."""
        (row,) = self.overview().rows
        return row

    @property
    def source(self) -> str:
        """The vendor's add-in."""
        return str(self.vendor / "addin")

    @property
    def target(self) -> Target:
        """Its place."""
        return Target(str(self.data / "SampleCAD" / "Mod"), "CloudAddin", str(self.home.root / "hosts.lock"))

    def there(self) -> dict[str, bytes]:
        """Every file at the place, but the list; and what lies beside it."""
        folder = Path(self.target.folder)
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        found.pop("iscbridge-installed.json", None)
        return found
