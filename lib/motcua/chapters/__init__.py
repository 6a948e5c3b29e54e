"""What a chapter of the report says: its charts, its tables, its sentences, in one file each.

Comes in: a `Month`. Goes out: plotly figures, `Table`, `Prose`; no verdict is computed here.
Begin with `rates`, `sentences.headline`, `table.show`.
"""
