"""A CSV file of known columns is read row by row, and everything wrong with it is noted with its line."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from operator import getitem, itemgetter
from pathlib import Path
from typing import Any

from placement.domain.errors import BadSheet, Flaw
from providers.sheets.cells import BadCell, Column, Parsed

MOST_FLAWS = 100
"""So many are listed; the rest are counted."""


class Flaws:
    """What is wrong with a sheet, in the order in which it was found."""

    def __init__(self) -> None:
        self.listed: list[Flaw] = []
        self.count = 0

    def add(self, file: str, line: int | None, column: str, reason: str) -> None:
        """Note one flaw; `column` is empty where it is about the row or the file."""
        self.count += 1
        if self.count <= MOST_FLAWS:
            self.listed.append(Flaw(file, line, None, column, reason))

    def refuse(self, sheet: str) -> None:
        """Raise BadSheet if anything is wrong."""
        if not self.count:
            return
        more = self.count - len(self.listed)
        rest = [Flaw(sheet, None, None, "", f"and {more} more")] if more else []
        raise BadSheet([*self.listed, *rest])


class Table:
    """One file of a sheet, `name`.csv or `name`.csv.gz."""

    def __init__(
        self, folder: Path, name: str, columns: Sequence[Column], flaws: Flaws, *, required: bool = True
    ) -> None:
        self.columns, self.flaws = columns, flaws
        self._header: list[str] = []
        self.extra_columns: list[str] = []
        self.has_rows = False
        self.complete = True
        """False as soon as a row could not be read, after which others may miss it."""
        plain, zipped = folder / f"{name}.csv", folder / f"{name}.csv.gz"
        self.path: Path | None = plain if plain.exists() else zipped if zipped.exists() else None
        self.file = self.path.name if self.path else plain.name
        if plain.exists() and zipped.exists():
            self.flaw(None, "", f"{zipped.name} is there as well; keep one of the two")
        if self.path is None and required:
            self.flaw(None, "", f"is missing from {folder} (nor is there a {zipped.name})")

    def flaw(self, line: int | None, column: str, reason: str) -> None:
        """Note what is wrong in this file."""
        self.complete = False
        self.flaws.add(self.file, line, column, reason)

    def rows(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """(line, values in the order of the columns) of each row that can be read."""
        content = self._content()
        if content is None:
            return
        reader = csv.reader(content, strict=True)
        try:
            header = self._header = [cell.strip() for cell in next(reader, [])]
            if (arrange := self._arrangement(header)) is None:
                return
            parsed = [Parsed(column) for column in self.columns]
            for cells in reader:
                self.has_rows = self.has_rows or bool(cells)
                if len(cells) != len(header):
                    if cells:
                        words = f"has {len(cells)} cells, the header has {len(header)}"
                        self.flaw(reader.line_num, "", words)
                    continue
                cells.append("")
                arranged = arrange(cells)
                try:
                    values = tuple(map(getitem, parsed, arranged))
                except BadCell:
                    self._note_each(reader.line_num, parsed, arranged)
                    continue
                yield reader.line_num, values
        except csv.Error as wrong:
            self.flaw(reader.line_num, "", f"is not CSV: {wrong}")

    def has(self, column: str) -> bool:
        """Whether the file has this column; known once its rows are being read."""
        return column in self._header

    def _note_each(self, line: int, parsed: Sequence[Parsed], cells: Sequence[str]) -> None:
        for column, cell in zip(parsed, cells, strict=True):
            try:
                column[cell]
            except BadCell as bad:
                self.flaw(line, bad.column, bad.reason)

    def _arrangement(self, header: list[str]) -> "itemgetter[Any] | None":
        """Picks cells in the order of the columns; for one that is not there, the empty cell at the end."""
        known = [column.name for column in self.columns]
        missing = [c.name for c in self.columns if c.required and c.name not in header]
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if missing:
            has = f"it has {', '.join(filter(None, header))}" if any(header) else "it has no header"
            self.flaw(1, "", f"lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; {has}")
        if twice:
            self.flaw(1, "", f"has the column {', '.join(twice)} more than once")
        if missing or twice:
            return None
        self.extra_columns = [name for name in header if name not in known]
        return itemgetter(*(header.index(name) if name in header else len(header) for name in known))

    def _content(self) -> io.TextIOWrapper | None:
        if self.path is None:
            return None
        try:
            raw = self.path.read_bytes()
            if self.path.suffix == ".gz":
                raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as wrong:
            reason = wrong.strerror if isinstance(wrong, OSError) and wrong.strerror else str(wrong)
            self.flaw(None, "", f"cannot be read: {reason}")
            return None
        try:
            raw.decode()
        except UnicodeDecodeError as wrong:
            line = raw.count(b"\n", 0, wrong.start) + 1
            self.flaw(line, "", "is not UTF-8 text; save the file with that encoding")
            return None
        return io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig", newline="")
