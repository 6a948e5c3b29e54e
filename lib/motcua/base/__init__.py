"""What every room may know: errors, Vietnamese, calendar, parameters, reference lists, style.

Comes in: params/*.yaml, data/reference/. Goes out: `Params`, `Period`, `Unit`, words, colours.
Begin with `params.load_params`, `reference.read_units`, `vietnamese.percent`.
"""
