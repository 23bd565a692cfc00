"""Whole processes side by side: statkit and other ways over the same files, one answer for all."""
