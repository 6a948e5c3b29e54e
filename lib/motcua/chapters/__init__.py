"""What a chapter of the report says: its charts, its tables, its sentences.

Comes in: a `Month`. Goes out: plotly figures, `Table`, `Prose`; no verdict is computed here.
Begin with `chart`, `words.headline`, `table.show`.
"""
