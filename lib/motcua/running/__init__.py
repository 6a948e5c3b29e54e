"""A month from job to published folder.

Comes in: a `Job`. Goes out: outputs/YYYY-MM, whole or not at all.
Begin with `run.run_month`, `execute.execute_tasks`, `publish.building`.
"""
