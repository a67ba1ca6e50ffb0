"""What the compiled code of this package was made of, the pairwise core's included; see `pairwise.compiled`."""

from functools import cache
from pathlib import Path
from zlib import crc32

from placement.optimizer.pairwise import compiled


@cache
def fingerprint() -> int:
    """Of all modules of this package and of the core's."""
    found = compiled.fingerprint()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found = crc32(path.read_bytes(), found)
    return found
