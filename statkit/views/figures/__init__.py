"""Figures for people: every one drawn from a frozen result, the same bytes each time."""
