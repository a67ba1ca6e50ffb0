"""Which files a process has open, as Linux tells."""

from pathlib import Path


def has_open(pid: int, file: Path) -> bool:
    """Whether it has the file open; not, where that cannot be told since it closes or ends just now."""
    try:
        return any(each.resolve() == file.resolve() for each in Path(f"/proc/{pid}/fd").glob("*"))
    except (FileNotFoundError, ProcessLookupError):
        return False
