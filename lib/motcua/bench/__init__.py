"""The analyst's bench in JupyterLab: choose, look, take away.

Comes in: a `Month`. Goes out: widgets, charts of a choice, csv, xlsx and parameter files.
Begin with `view.Bench`, `widgets`, `tables.export_csv`.
"""
