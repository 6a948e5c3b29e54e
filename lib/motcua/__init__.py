"""motcua: how a city's wards resolve citizens' dossiers, month by month.

>>> import motcua as mc
>>> month = mc.load("2024-01", data="data/sample")
>>> month.names("below_threshold")
['Tam Phước', 'Tân Tiến', 'Bửu Hòa', 'Phước Tân']
>>> mc.chart.ward_rates(month).layout.meta["title"]
'4 trong 30 phường, xã dưới 97\\xa0%'
"""

from importlib import import_module
from typing import Any

_HOMES = {"load": "measures.month", "Month": "measures.month"}
_MODULES = ("chart", "words")  # plotly takes a second to import: only when it is asked for

__all__ = ["Month", "chart", "load", "words"]  # noqa: F822  given by __getattr__
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for."""
    if name in _MODULES:
        return import_module(f"motcua.chapters.{name}")
    if name in _HOMES:
        return getattr(import_module(f"motcua.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'motcua' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Names that tab completion offers."""
    return sorted([*__all__, "__version__"])
