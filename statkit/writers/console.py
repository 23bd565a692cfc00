"""Lines on the training's console that can never stop the training.

Standard output may be closed, full, a broken pipe, or unable to hold the line's characters. The
line is then lost, or loses its symbol; nothing is raised.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Echo = Callable[[str], object]


def say(line: str, echo: Echo | None = None) -> None:
    """Print one line.

    Parameters
    ----------
    line : str
        Control characters in it are escaped.
    echo : callable, optional
        Takes the line instead of standard output, ``tqdm.write`` for example.
    """
    with suppress(Exception):
        line = "".join(c if c.isprintable() or c in "\ufe0f\u200d" else repr(c)[1:-1] for c in line)
        if echo is not None:
            echo(line)
        else:
            _print(line, sys.stdout)


def _print(line: str, stream: Any) -> None:
    if stream is None:
        return
    text = _encodable(line, getattr(stream, "encoding", None) or "utf-8") + "\n"
    stream.write(text)
    stream.flush()


def _encodable(line: str, encoding: str) -> str:
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        words = line.lstrip("📊⚠\ufe0f ")
        return words.encode(encoding, "backslashreplace").decode(encoding)
    return line


def failure_line(what: str, error: BaseException, name: str, directory: str) -> str:
    """Say in one line what failed, why, and what would mend it.

    Parameters
    ----------
    what : str
        ``statistics JSON``, or the name of the file.
    error : BaseException
        What was raised.
    name, directory : str
        The file, and where it should have gone.
    """
    kind = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        reason = f"{error.strerror}: {name}" if name else error.strerror
    else:
        reason = str(error) or "no message"
    mend = _mend(error, directory)
    return f"⚠️  Failed to save {what}: {kind}: {reason}" + (f" — fix: {mend}" if mend else "")


def _mend(error: BaseException, directory: str) -> str:
    number = error.errno if isinstance(error, OSError) else None
    where = directory or "."
    if number in (errno.EACCES, errno.EPERM):
        return f"chmod 755 {where}, as its owner"
    if number == errno.ENOSPC:
        return f"free up disk space (df -h {where}; df -i {where} shows its inodes)"
    if number == errno.EDQUOT:
        return f"free up space within the quota that holds {where}"
    return _MENDS.get(number or 0, "").format(where=where)


_MENDS = {
    errno.EROFS: "remount {where} writable, or choose another directory",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f)",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "close files elsewhere: the system's table of open files is full",
    errno.ENOTDIR: "choose another directory: a part of {where} is a file",
    errno.EEXIST: "choose another directory: {where} is in the way",
    errno.EISDIR: "move the directory of that name out of {where}",
    errno.ENAMETOOLONG: "use a shorter label or directory",
    errno.ELOOP: "choose another directory: {where} leads in a circle of links",
    errno.EIO: "check the disk below {where}",
    errno.ESTALE: "check the mount of {where}",
    errno.ENOENT: "mkdir -p {where}, or choose another directory",
    errno.ENOMEM: "free memory",
}
