"""motcua: how a city's wards resolve citizens' dossiers, month by month.

>>> import motcua as mc
>>> month = mc.load("2024-01", data="data/sample")
>>> month.names("below_threshold")
['Tam Phước', 'Tân Tiến', 'Bửu Hòa', 'Phước Tân']
"""

from motcua.month import Month, load

__all__ = ["Month", "load"]
__version__ = "0.1.0"
