"""The public price files are read by the names of their columns, row by row, and whole or not at all."""

import csv
import io
import tracemalloc

import pytest

from placement.domain.errors import CollectionFailed
from placement.domain.sweep import Price
from providers.aws.price_files import rows_of_file
from tests.providers.aws.cloud import AwsCloud
from tests.providers.aws.list_server import ListServer
from tests.providers.aws.market import EU, US
from tests.providers.wire.faults import Answer, Asked, cut_off, instead, status


def file_of(region: str = US) -> list[list[str]]:
    """The lines of EC2's file."""
    text = ListServer().file(f"/offers/v1.0/aws/AmazonEC2/20261120/{region}/index.csv")
    assert text
    return list(csv.reader(io.StringIO(text, newline="")))


def written(lines: list[list[str]]) -> io.BytesIO:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(lines)
    return io.BytesIO(text.getvalue().encode())


def test_five_lines_stand_before_the_header() -> None:
    lines = file_of()
    assert [line[0] for line in lines[:6]] == [
        "FormatVersion",
        "Disclaimer",
        "Publication Date",
        "Version",
        "OfferCode",
        "SKU",
    ]
    assert len(list(rows_of_file(written(lines), "AmazonEC2"))) > 40
    with pytest.raises(ValueError, match=r"lacks the columns SKU, .* in line 6"):
        list(rows_of_file(written(lines[1:]), "AmazonEC2"))


def test_columns_are_found_by_name_in_any_order() -> None:
    lines = file_of()
    turned = [*lines[:5], *(line[::-1] for line in lines[5:])]
    assert list(rows_of_file(written(turned), "AmazonEC2")) == list(rows_of_file(written(lines), "AmazonEC2"))


def test_a_row_that_is_cut_fails_the_file() -> None:
    lines = file_of()
    lines[-1] = lines[-1][:7]
    with pytest.raises(ValueError, match=rf"has 7 cells in line {len(lines)}, and not {len(lines[5])}"):
        list(rows_of_file(written(lines), "AmazonEC2"))


@pytest.mark.parametrize(
    ("tail", "words"),
    [(b'"never closed', "is not CSV"), (b'"\xff"\n', "is not UTF-8 text"), (b'"a"b"\n', "is not CSV")],
)
def test_a_file_that_is_broken_fails(tail: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        list(rows_of_file(io.BytesIO(written(file_of()).getvalue() + tail), "AmazonEC2"))


def test_prices_of_reservations_are_left_out() -> None:
    assert "0.0100000000" in {line[9] for line in file_of()[6:]}
    assert "0.0100000000" not in {row.usd for row in rows_of_file(written(file_of()), "AmazonEC2")}


def test_a_large_file_needs_little_memory() -> None:
    lines = file_of()
    many = written([*lines[:6], *(lines[6:] * 150)])
    assert len(many.getvalue()) > 3_000_000
    many.seek(0)
    tracemalloc.start()
    try:
        assert sum(1 for _ in rows_of_file(many, "AmazonEC2")) > 8_000
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def of_a_file(asked: Asked) -> bool:
    return asked.path.endswith(f"/AmazonEC2/20261120/{US}/index.csv")


def test_a_file_that_breaks_off_is_asked_again(unsigned: AwsCloud) -> None:
    unsigned.lists.misbehave(cut_off, only=of_a_file)
    assert any(isinstance(fact, Price) for fact in unsigned.facts("aws"))
    assert len([asked for asked in unsigned.lists.asked if of_a_file(asked)]) == 2


def test_a_file_that_is_not_there_fails_the_sweep(unsigned: AwsCloud) -> None:
    unsigned.lists.misbehave(status(404), only=of_a_file)
    with pytest.raises(
        CollectionFailed, match=rf"aws: 127\.0\.0\.1/offers/.*/{US}/index\.csv: answers with status 404"
    ):
        unsigned.facts("aws")


def test_the_files_named_by_the_index_are_read_and_never_the_large_json(unsigned: AwsCloud) -> None:
    unsigned.facts("aws")
    files = sorted(
        asked.path for asked in unsigned.lists.asked if not asked.path.endswith("/current/region_index.json")
    )
    assert files == [
        f"/offers/v1.0/aws/{service}/20261120/{region}/index.csv"
        for service in ("AWSDataTransfer", "AmazonEC2")
        for region in (EU, US)
    ]


@pytest.mark.parametrize(
    "index",
    [
        b"{}",
        b'{"regions": []}',
        b'{"regions": {}}',
        b'{"regions": {"us-east-1": {}}}',
        b'{"regions": {"us-east-1": {"currentVersionUrl": "//evil.example/offers/index.json"}}}',
        b'{"regions": {"us-east-1": {"currentVersionUrl": "@evil.example/offers/index.json"}}}',
    ],
)
def test_an_index_that_leads_elsewhere_or_nowhere_fails_the_sweep(unsigned: AwsCloud, index: bytes) -> None:
    unsigned.lists.misbehave(instead(Answer(200, {}, index)))
    with pytest.raises(
        CollectionFailed, match=r"^aws: 127\.0\.0\.1/offers/v1\.0/aws/AmazonEC2/current/region_index\.json: "
    ):
        unsigned.facts("aws")
