"""Documents: findings, letter, report, notices, annex, restricted annex.

Comes in: a `Month`. Goes out: findings.json, csv tables, docx and xlsx files.
Begin with `findings.build_findings`, `letter.letter`, `annex.annex_xlsx`.
"""
