"""Sphinx: MyST pages, Furo's look, the library from its docstrings."""

import sys
from pathlib import Path

from statkit import __version__

sys.path.insert(0, str(Path(__file__).parent))

project = "statkit"
author = "The statkit authors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_association_*.md", "_statistics_*.md"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
smartquotes = False  # --json is no dash

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False

html_theme = "furo"
html_title = "statkit"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5fa5", "color-brand-content": "#0b5fa5"},
    "dark_css_variables": {"color-brand-primary": "#6cb4ee", "color-brand-content": "#6cb4ee"},
}


def setup(app):
    """Draw the gallery before the pages are read."""
    from build_gallery import build

    app.connect("builder-inited", lambda app: build())
