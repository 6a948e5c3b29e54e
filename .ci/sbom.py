"""What requirements.txt locks, as a software bill of materials: `make lock` writes it.

CycloneDX makes the list; here it loses what differs from one machine or lock to the next (numbers
of lines) and every address.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

MAKE = (
    "cyclonedx_py", "requirements", "--output-reproducible", "--no-validate",
    "--pyproject", "pyproject.toml", "-",
)  # fmt: skip
ADDRESSES = ("externalReferences", "$schema")


def main() -> None:
    """Write the list of what the lock named first names to the file named second."""
    lock, target = map(Path, sys.argv[1:])
    pins = re.findall(r"^([a-z0-9][^ ]*==.*[^ ]) *\\$", lock.read_text("utf-8"), re.MULTILINE)
    command = [sys.executable, "-m", *MAKE]
    made = subprocess.run(
        command, input="\n".join(pins), check=True, capture_output=True, text=True
    )
    told = json.loads(made.stdout, object_hook=_without_addresses)
    for component in told["components"]:
        component["description"] = component["description"].partition(": ")[2]
        component["bom-ref"] = component["purl"]
    told.pop("dependencies")  # of a lock none are known
    target.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def _without_addresses(entry: dict) -> dict:
    return {key: value for key, value in entry.items() if key not in ADDRESSES}


if __name__ == "__main__":
    main()
