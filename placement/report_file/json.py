"""JSON: the figures, as `placement report --json` prints them."""

import json
from typing import BinaryIO

from placement.reports.document import figures_document
from placement.reports.figures import Figures
from placement.reports.report import Report


class Json:
    """Figures without the ledger's lines."""

    name = "json"
    suffix = "json"
    media_type = "application/json"
    is_text = True

    def write(self, report: Report, figures: Figures, file: BinaryIO) -> None:
        """One document."""
        document = figures_document(report, figures)
        file.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n")
