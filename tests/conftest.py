"""In CI every test runs: a skip whose reason is not in `.ci/allowed-skips` fails the run."""

import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ALLOWED_SKIPS = Path(__file__).parent.parent / ".ci" / "allowed-skips"

# A loaded machine is no failure; CI draws the same cases every time, so that only the change can break it.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") else "default")


class RefusedSkips:
    """Gathers the skips, also of the processes of xdist, and fails the run if one is not allowed."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.skips: set[tuple[str, str]] = set()
        """(test, reason)"""

    def refused(self) -> list[tuple[str, str]]:
        lines = [line.strip() for line in ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines()]
        allowed = [line for line in lines if line and not line.startswith("#")]
        return sorted(
            (test, reason)
            for test, reason in self.skips
            if not any(fnmatchcase(reason, pattern) for pattern in allowed)
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.skips.add((report.nodeid, reason.removeprefix("Skipped: ")))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Skips while collecting are seen by xdist's worker processes only."""
        self.skips.update(map(tuple, getattr(node, "workeroutput", {}).get("skips", ())))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        worker = getattr(self.config, "workeroutput", None)
        if worker is not None:
            worker["skips"] = sorted(self.skips)
        elif self.refused() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        refused = self.refused()
        if refused:
            terminalreporter.section(f"skipped, and not listed in .ci/{ALLOWED_SKIPS.name}", red=True)
            for test, reason in refused:
                terminalreporter.line(f"{test}: {reason}")


def pytest_configure(config: pytest.Config) -> None:
    """Outside of CI a test may be skipped for what a machine lacks."""
    if os.environ.get("CI"):
        config.pluginmanager.register(RefusedSkips(config), "refused-skips")
