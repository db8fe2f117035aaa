"""Installs the example driver as a package manager would: by its metadata on the import path."""

from pathlib import Path

from drivers.third_party import GROUP


def install_driver(site: Path, name: str, target: str) -> None:
    """Write the metadata of a package whose entry point `name` leads to `target`."""
    info = site / f"{name}_driver-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-driver\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {target}\n")
