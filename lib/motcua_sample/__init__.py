"""The synthetic city: exports that look like real ones and always say that they are synthetic.

Begin with `make.make_sample`.
"""
