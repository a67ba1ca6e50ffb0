"""A report is written whole or not at all."""

import io
import os
import tempfile
from pathlib import Path

from placement.domain.errors import BadInput
from placement.report_file import FORMATS, Format
from placement.reports.figures import figures
from placement.reports.report import Report
from placement.residency.spelling import did_you_mean


def format_named(name: str) -> Format:
    """Raises BadInput where there is none of that name."""
    for known in FORMATS:
        if known.name == name:
            return known
    names = [known.name for known in FORMATS]
    near = did_you_mean(name, names) or f"; write one of {', '.join(names)}"
    raise BadInput(f"there is no format {name!r}{near}")


def file_name(report: Report, form: Format) -> str:
    """What the report's file is called where nobody says otherwise; no two formats share it."""
    which = "" if form.name == form.suffix else f"-{form.name}"
    so_far = "" if report.until >= report.end else f"-until-{report.until:%Y-%m-%d}"
    return f"placement-{report.month}{so_far}{which}.{form.suffix}"


def content(report: Report, form: Format, label: str) -> bytes:
    """The whole file; costs are shown by this label of workloads."""
    file = io.BytesIO()
    form.write(report, figures(report, label), file)
    return file.getvalue()


def save(written: bytes, target: Path) -> None:
    """Into a file, which has its old content until it has all of the new; raises OSError."""
    try:
        _replace(target, written)
    except OSError as failure:
        # It names the unfinished file, of which nobody knows.
        raise OSError(failure.errno, failure.strerror, str(target)) from None


def _replace(target: Path, written: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name[:100]}.", delete=False) as file:
        try:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o666 & ~_umask())
            os.replace(file.name, target)
        except BaseException:
            os.unlink(file.name)
            raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
