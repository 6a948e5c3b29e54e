"""From a file that somebody dropped to checked rows.

Comes in: exports in a folder. Goes out: `Inputs`: each dossier once, and what was wrong.
What it says of files and values stands in data/reference/messages.yaml.
Begin with `inputs.load_inputs`, `header.read_tables`, `rows.make_canonical`.
"""
