"""The local page: what runs say, live, in a browser. Needs the extra ``serve``."""
