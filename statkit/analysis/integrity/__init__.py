"""Integrity of a run's files: were records lost, and does what is left contradict itself."""
