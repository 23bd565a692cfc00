"""Pure functions, arrays in, frozen results out. Empty on purpose: import the noun you need."""
