"""One table a module: what is compared, and the limits that must hold."""
