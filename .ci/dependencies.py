"""What the package depends on, read from requirements*.in, the one source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Dependencies(MetadataHookInterface):
    """Fills in what pyproject.toml calls dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the dependencies, and those of each extra."""
        metadata["dependencies"] = self._wanted("requirements.in")
        metadata["optional-dependencies"] = {
            extra: self._wanted(f"requirements-{extra}.in") for extra in ("dev", "lab", "spark")
        }

    def _wanted(self, name: str) -> list[str]:
        lines = (Path(self.root) / name).read_text("utf-8").splitlines()
        return [text for line in lines if (text := line.partition("#")[0].strip())]
