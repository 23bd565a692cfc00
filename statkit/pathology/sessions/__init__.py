"""Annotation sessions: which images raters draw on, and how what they draw is kept.

The data side of an annotation page: nothing here serves anything.
"""
