"""A small price sheet without a flaw; a test changes what it is about."""

import csv
import gzip
import io
from pathlib import Path

SHEET = {
    "regions": """\
provider,region,country,continent,lat,lon,subdivision
dc,fra-1,DE,europe,50.1,8.7,DE-HE
dc,nyc-1,US,north-america,40.7,-74,US-NY
""",
    "instance_types": """\
provider,instance_type,vcpus,memory_gib,architecture,burstable,gpu_count,gpu_model,gpu_memory_gib
dc,std-4,4,16,x86_64,false,,,
dc,gpu-8,8,64,,,2,L4,48
""",
    "prices": """\
provider,region,instance_type,capacity_type,usd_per_hour,observed_on,zone,estimated,capacity,source
dc,fra-1,std-4,on_demand,0.20,2026-10-01,,,,price list
dc,nyc-1,std-4,on_demand,0.25,2026-10-01,,,,price list
dc,fra-1,std-4,spot,0.0512345678,2026-10-02,fra-1a,true,12,
dc,fra-1,gpu-8,reserved,1,2026-10-01,,FALSE,4,
""",
    "egress": """\
provider,src,dst,tier_from_gb,tier_to_gb,usd_per_gb,observed_on,source
dc,*,internet,0,100,0,2026-10-01,price list
dc,*,internet,100,,0.05,2026-09-01,price list
dc,europe,internet:CH,0,,0.03,2026-10-01,
dc,fra-1,nyc-1,0,,0.02,2026-10-01,
""",
    "interruption": """\
provider,region,instance_type,pct_low,pct_high,window,observed_on,source
dc,fra-1,std-4,5,10,month,2026-10-01,counted
dc,nyc-1,std-4,20,,month,2026-10-01,
""",
    "storage": """\
provider,region,usd_per_gb_month
dc,fra-1,0.021
""",
    "attestations": """\
provider,region,scheme,valid_from,valid_to
dc,fra-1,iso-27001,2024-01-01,
dc,fra-1,bsi-c5,2025-01-01,2026-12-31
""",
}


def write_sheet(folder: Path, **files: str | None) -> Path:
    """The sheet above with these files in place of its own; None leaves one out."""
    sheet = folder / "dc-prices"
    sheet.mkdir()
    for name, content in (SHEET | files).items():
        if content is not None:
            (sheet / f"{name}.csv").write_text(content, encoding="utf-8")
    return sheet


def with_row(file: str, row: str) -> str:
    """The file with one row more, the last."""
    return SHEET[file] + row + "\n"


def with_cell(file: str, column: str, cell: str) -> str:
    """The file with another cell in its first row, which is line 2."""
    rows = list(csv.reader(io.StringIO(SHEET[file])))
    rows[1][rows[0].index(column)] = cell
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def without_column(file: str, column: str) -> str:
    rows = list(csv.reader(io.StringIO(SHEET[file])))
    at = rows[0].index(column)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(row[:at] + row[at + 1 :] for row in rows)
    return text.getvalue()


def zipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)
