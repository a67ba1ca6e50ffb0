"""The installed program on a terminal of its own."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from pathlib import Path

from tests.cli.running import EXECUTABLE, Ran

INTERRUPT = b"\x03"
AT_MOST_S = 120


def on_terminal(*arguments: str | Path, columns: int, interrupt_after: str = "", **environment: str) -> Ran:
    """On a terminal of this width; Ctrl-C is pressed once `interrupt_after` is to be read there."""
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [EXECUTABLE, *arguments],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env=os.environ | {"TERM": "xterm"} | environment,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as process:
        os.close(inner)
        shown, pressed = b"", not interrupt_after
        try:
            while read := _read(terminal):
                shown += read
                if not pressed and interrupt_after in shown.decode(errors="replace"):
                    pressed = True
                    os.write(terminal, INTERRUPT)
        except BaseException:
            process.kill()
            raise
        finally:
            os.close(terminal)
    return Ran(process.returncode, shown.decode(), "")


def _read(terminal: int) -> bytes:
    """What is shown next; nothing once the program has ended."""
    assert select.select([terminal], [], [], AT_MOST_S)[0], "nothing is shown any more"
    try:
        return os.read(terminal, 65_536)
    except OSError:
        # How Linux reports that the other side is closed.
        return b""
