"""Empty on purpose: import the noun you need."""
