"""Run one command and say what it cost: ``python -I -S launcher.py OUT ERR COMMAND…``.

Prints wall seconds, processor seconds (user and system) and peak kilobytes of the process and those it
waited for, and its exit code. It stands between the one that compares and the command because Linux
counts the memory of the process that starts another into the peak of the one started: this one is
smaller than any Python it starts.
"""

import os
import sys
import time


def main() -> None:
    out, err, *command = sys.argv[1:]
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, write, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, err, write, 0o600),
    ]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
