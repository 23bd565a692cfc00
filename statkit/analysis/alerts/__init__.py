"""Alerts: rules over what a run that may still be training shows, and which of them ring now."""
