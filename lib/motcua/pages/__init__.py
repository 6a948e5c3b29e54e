"""HTML pages: report, ward sheets, daily check, list of months.

Comes in: executed notebooks and a `Month`. Goes out: self-contained pages.
Begin with `page.build_report`, `ward_pages.write_sheets`, `index.write_index`.
"""
