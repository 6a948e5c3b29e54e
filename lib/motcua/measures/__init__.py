"""What is counted and judged: plain tables, no words, no colours.

Comes in: `Inputs` and `Params`. Goes out: tables of a `Month`, one row per what they count.
Begin with `month.load`, `frame.table`, `state.with_state`.
"""
