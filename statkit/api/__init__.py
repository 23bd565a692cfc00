"""The verbs on runs: take what analysis needs out of a Run, hand back its frozen result.

The only place where data and analysis meet. Empty on purpose: import the noun you need.
"""
