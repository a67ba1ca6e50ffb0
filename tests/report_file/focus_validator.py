"""The official validator of FOCUS 1.2, in an environment of its own: `python -m tests.report_file.focus_validator`.

It needs Python 3.12 or newer and libraries older than the project's. The environment stays in a folder of the user's
cache and is made once; it is there as a whole or not at all.
"""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

from filelock import FileLock

from tests.kubernetes.assets import CannotBuild, cache_folder

VARIABLE = "FOCUS_VALIDATOR"
"""Names the folder of the environment."""
_NO_PYTHON = 3
_LOCK = Path(__file__).with_name("focus-validator.lock")
_PYTHONS = ("python3.13", "python3.12", "python3")


class NoPython(CannotBuild):
    """There is no Python that it runs on."""


def built(environment: dict[str, str]) -> Path:
    """The folder of the environment, made if it is not there; raises CannotBuild."""
    root = cache_folder(environment)
    folder = root / f"focus-validator-{sha256(_LOCK.read_bytes()).hexdigest()[:12]}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            _run([_python(environment), "-m", "venv", str(folder)])
            install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
            _run([str(folder / "bin" / "python"), *install, "-r", str(_LOCK)])
            (folder / "complete").touch()
    return folder


def failed_rules(folder: Path, file: Path, version: str) -> set[str]:
    """The rules of the version that a file breaks. The validator's exit status says nothing: its findings are read."""
    report = file.with_suffix(".xml")
    command = [str(folder / "bin" / "focus-validator"), "--data-file", str(file), "--validate-version", version]
    options = ["--block-download", "--output-type", "unittest", "--output-destination", str(report)]
    # It looks for its tables beside the folder that it is run in.
    packages = next(folder.glob("lib/python*/site-packages"))
    done = subprocess.run([*command, *options], cwd=packages, capture_output=True, text=True, check=False)
    if not report.is_file():
        raise AssertionError(done.stderr)
    cases = list(ElementTree.parse(report).iter("testcase"))
    assert len(cases) > 500, "the rules of the version were not run"
    broken = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return {case.attrib["name"].partition(" ")[0] for case in broken}


def _python(environment: dict[str, str]) -> str:
    for name in _PYTHONS:
        found = shutil.which(name, path=environment.get("PATH"))
        if found is None:
            continue
        shims = Path(found).parent
        # What pyenv has installed need not be what it has switched on.
        others = sorted(shims.parent.glob("versions/3.1[2-9]*/bin/python3")) if shims.name == "shims" else []
        for python in (found, *map(str, others)):
            asks = "import sys, ensurepip, venv; sys.exit(not (3, 12) <= sys.version_info < (4,))"
            if subprocess.run([python, "-c", asks], capture_output=True).returncode == 0:
                return python
    raise NoPython("Python 3.12 or newer with venv is needed on PATH")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotBuild(f"{' '.join(command[:4])} failed:\n{done.stderr.strip()}")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{VARIABLE}={built(dict(os.environ))}\n")
    except CannotBuild as failure:
        sys.stderr.write(f"error: {failure}\n")
        sys.exit(_NO_PYTHON if isinstance(failure, NoPython) else 1)
