import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import URL

from placement.domain.errors import StoreBusy, StoreError
from placement.store.repository import Store
from tests.store.market import NOON, price, sweep


@pytest.fixture
def file(upgraded_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(upgraded_file, tmp_path / "placement.db"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"there is no folder {tmp_path / 'none'}; make it first"):
        Store.open(f"sqlite:///{tmp_path / 'none' / 'placement.db'}")


def test_opening_makes_no_file(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'placement.db'}")
    assert store.is_new()
    assert list(tmp_path.iterdir()) == []
    store.upgrade()
    assert not store.is_new()


def test_a_file_of_another_kind_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("provider,region\n" * 100)
    with pytest.raises(StoreError, match="not a SQLite database; name another file"):
        Store.open(f"sqlite:///{tmp_path / 'prices.csv'}")
    assert (tmp_path / "prices.csv").read_text() == "provider,region\n" * 100


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made: File name too long; name another file"):
        Store.open(f"sqlite:///{tmp_path / ('n' * 300)}").upgrade()


def test_another_programs_database_has_not_these_tables(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE price (id INTEGER)")
    connection.close()
    with pytest.raises(StoreError, match="run: placement db upgrade"):
        Store.open(f"sqlite:///{tmp_path / 'other.db'}").catalog()


def test_a_locked_file_is_busy_for_writers_and_open_to_readers(file: Path) -> None:
    store = Store.open(f"sqlite:///{file}", busy_timeout_s=0.05)
    store.save_sweep(sweep(price(0.1)), NOON)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="another process is writing; try again when it has finished"):
        store.save_sweep(sweep(price(0.2)), NOON)
    assert store.catalog().version == 1
    store.upgrade()
    other.execute("ROLLBACK")
    other.close()
    assert store.save_sweep(sweep(price(0.2)), NOON).version == 2


def test_a_file_locked_by_an_exclusive_transaction_is_busy(file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusy):
        Store.open(f"sqlite:///{file}", busy_timeout_s=0.05)
    other.close()


def test_a_damaged_file_is_an_error_in_words(file: Path) -> None:
    store = Store.open(f"sqlite:///{file}")
    store.save_sweep(sweep(price(0.1)), NOON)
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="damaged; restore it from a backup"):
        store.catalog()


@pytest.mark.parametrize("name", ["with space.db", "what?.db", "50%.db", "a#b.db", "ü.db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    store = Store.open(URL.create("sqlite", database=str(tmp_path / name)).render_as_string())
    store.upgrade()
    assert (tmp_path / name).exists()


def test_a_database_in_memory_lives_as_long_as_its_store() -> None:
    store = Store.open("sqlite://")
    store.upgrade()
    assert store.save_sweep(sweep(price(0.1)), NOON).version == 1
    assert len(store.catalog().offerings) == 1
    store.close()


@pytest.mark.parametrize(
    "url", ["placement.db", "", "sqlite", "mysql://u:secret@host/d", "postgresql://u:secret@h:port/d"]
)
def test_a_url_of_another_form_is_told_the_right_ones_and_no_password(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE") as refusal:
        Store.open(url)
    assert "secret" not in str(refusal.value)
