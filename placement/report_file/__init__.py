"""Reports as files. To add a format, write one module here and name it in FORMATS."""

from placement.report_file.base import Format
from placement.report_file.csv import Csv
from placement.report_file.focus import FOCUS_1_2, FOCUS_1_4
from placement.report_file.html import Html
from placement.report_file.json import Json
from placement.report_file.parquet import Parquet
from placement.report_file.xlsx import Xlsx

FORMATS: tuple[Format, ...] = (Html(), Csv(), Parquet(), Xlsx(), FOCUS_1_4, FOCUS_1_2, Json())

__all__ = ["FORMATS", "Format"]
