"""The folder of the control plane's programs is whole or not there, and what is missing is said."""

import os
import re
from pathlib import Path

import pytest

from tests.kubernetes.assets import PROGRAMS, CannotBuild, built

GO = """#!/bin/sh
case "$1" in
version) echo "go version go1.{minor}.0 linux/amd64" ;;
build)
    while [ "$1" != -o ]; do shift; done
    case "$2" in *{fails}) echo "no such module" >&2; exit 1 ;; esac
    echo "built" >> "{log}"
    mkdir -p "$(dirname "$2")" && echo program > "$2" ;;
esac
"""


def environment(folder: Path, *, minor: int = 26, fails: str = "nothing", **others: str) -> dict[str, str]:
    """With a Go of that version, which fails to build one of the programs."""
    go = folder / "go"
    go.write_text(GO.format(minor=minor, fails=fails, log=folder / "log"), encoding="utf-8")
    go.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "XDG_CACHE_HOME": str(folder / "cache")} | others


def test_what_was_built_is_not_built_again(tmp_path: Path) -> None:
    folder = built(environment(tmp_path))
    assert re.fullmatch(r"kube-assets-v1\.\d+\.\d+", folder.name)
    assert {file.name for file in folder.iterdir()} == {*PROGRAMS, "sources"}
    assert built(environment(tmp_path)) == folder
    assert (tmp_path / "log").read_text(encoding="utf-8").count("built") == len(PROGRAMS)


def test_programs_of_other_sources_are_built_anew(tmp_path: Path) -> None:
    folder = built(environment(tmp_path))
    (folder / "sources").write_text("others", encoding="utf-8")
    built(environment(tmp_path))
    assert (tmp_path / "log").read_text(encoding="utf-8").count("built") == 2 * len(PROGRAMS)


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotBuild, match=r"kubectl was not built:\nno such module"):
        built(environment(tmp_path, fails="kubectl"))
    assert [file.name for file in (tmp_path / "cache" / "cloud-placement").iterdir() if file.is_dir()] == []


def test_an_old_go_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotBuild, match=r"Go 1\.\d+ or newer is needed on PATH, but go version go1\.19\.0"):
        built(environment(tmp_path, minor=19))


def test_without_a_home_the_cache_must_be_named() -> None:
    with pytest.raises(CannotBuild, match="set HOME or XDG_CACHE_HOME"):
        built({"PATH": os.environ["PATH"]})


def test_a_cache_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    with pytest.raises(CannotBuild, match=r"cache/cloud-placement cannot be written to"):
        built(environment(tmp_path))
