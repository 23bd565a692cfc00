"""The other ways, each a function that runs in a process of its own and prints its answer."""
