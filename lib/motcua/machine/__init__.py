"""Files, processes, progress, kernels: what a run needs of the machine, and nothing of dossiers.

Comes in: paths and functions. Goes out: manifests, zips, forked processes, bars.
Begin with `manifest.verify`, `processes.run_forked`, `progress.steps`.
"""
