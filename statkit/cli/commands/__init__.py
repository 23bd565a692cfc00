"""One file per family of commands; a body imports what it needs when it runs."""
