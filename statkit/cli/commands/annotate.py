"""The page opened where raters draw: ``statkit annotate``."""

from __future__ import annotations

from typing import Annotated

import typer

from statkit.cli.options import Request, takes
from statkit.cli.page import (
    Host,
    Language,
    Names,
    NextPort,
    NoToken,
    OpenBrowser,
    Port,
    RootPath,
    Seconds,
    serve_page,
)


@takes("quiet")
def annotate(
    request: Request,
    path: Annotated[
        str, typer.Argument(metavar="RUN", help="A run that keeps images, or a directory of PNG and JPEG.")
    ],
    annotations: Annotated[
        str | None,
        typer.Option("--annotations", metavar="DIR", help="Where annotations are kept; default in the run."),
    ] = None,
    images: Annotated[
        str | None, typer.Option("--images", metavar="DIR", help="Draw on these pictures instead.")
    ] = None,
    rater: Annotated[
        list[str] | None, typer.Option("--rater", metavar="NAME", help="A name to offer; repeats.")
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 5050,
    next_port: NextPort = False,
    open_browser: OpenBrowser = False,
    no_token: NoToken = False,
    name: Names = None,
    root_path: RootPath = "",
    lang: Language = "en",
    seconds: Seconds = None,
) -> None:
    """Draw on a run's images in the browser: regions by class and rater, as QuPath GeoJSON. Ctrl-C ends it.

    The attention is hidden until a rater asks for it, and the journal says when it was shown. Agreement with
    it is shown after a rater submits an image.

    Example: statkit annotate examples/runs/dae_kan --annotations drawn --port 0 --for 2
    """
    from statkit.errors import MissingExtraError

    try:
        from statkit.pathology.sessions.session import open_session
        from statkit.server.annotate_sessions import Place
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "statkit":
            raise
        raise MissingExtraError(missing, "pip install 'statkit[pathology,serve]'") from None
    raters = tuple(rater or ())
    open_session(path, annotations=annotations, images=images, raters=raters)
    serve_page(
        [path],
        host=host,
        port=port,
        next_port=next_port,
        open_browser=open_browser,
        token=not no_token,
        names=tuple(name or ()),
        root_path=root_path,
        language=lang,
        seconds=seconds,
        start="annotate",
        annotate=Place(run=path, annotations=annotations, images=images, raters=raters),
        quiet=request.quiet,
    )
