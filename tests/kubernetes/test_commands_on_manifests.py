"""Commands take manifests where they take a fleet: placed, imported, checked against policies."""

import json
from pathlib import Path

import pytest

from placement.cli.main import run
from placement.fleet_file import parse_fleet
from tests.kubernetes.judging import GDPR
from tests.kubernetes.test_manifests import DEPLOYMENT, ORDINARY
from tests.kubernetes.test_scheduling import sample_database


def test_ordinary_manifests_are_placed_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLACEMENT_DATABASE_URL", sample_database(tmp_path))
    assert run(["solve", "--manifests", str(ORDINARY), "--allow-stale"]) == 0
    shown = capsys.readouterr()
    assert "default/web" in shown.out
    assert "DaemonSet runs on every node" in shown.err
    assert run(["kubernetes", "import", "--manifests", str(ORDINARY)]) == 0
    written = parse_fleet(capsys.readouterr().out, "fleet.yaml").fleet
    assert len(written.workloads) >= 10
    for arguments, words in (
        (["solve"], "Missing argument 'FLEET', or manifests"),
        (["solve", "fleet.yaml", "-f", "x"], "are both given"),
        (["solve", "fleet.yaml", "--policies", "x"], "--policies goes with --manifests"),
        (["policy", "check", "-f", str(ORDINARY)], "names no policies; give --policies FILE"),
        (["solve", "-f", str(tmp_path / "none")], "there is no such file"),
        (["solve", "-f", str(ORDINARY), "--policies", "none.yaml"], "--policies: there is no file none.yaml"),
        (["kubernetes", "import", "-f", str(ORDINARY), "--context", "x"], "--context are of a cluster"),
        (["kubernetes", "import", "-f", str(ORDINARY), "--kubeconfig", "x"], "--kubeconfig and --context"),
    ):
        assert run(arguments) == 1
        assert words in capsys.readouterr().err
    monkeypatch.delenv("PLACEMENT_DATABASE_URL")
    assert run(["solve", "-f", str(ORDINARY), "--server", "http://127.0.0.1:9"]) == 1
    assert "--manifests cannot be asked of a service" in capsys.readouterr().err


def test_policies_hold_for_manifests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLACEMENT_DATABASE_URL", sample_database(tmp_path))
    (tmp_path / "gdpr.yaml").write_text(GDPR)
    (tmp_path / "web.yaml").write_text(
        DEPLOYMENT.replace("{app: web}\n", "{placement.dev/classification: pii-eu}\n", 2)
    )
    given = ("--manifests", str(tmp_path / "web.yaml"), "--policies", str(tmp_path / "gdpr.yaml"))
    assert run(["policy", "check", *given, "--json"]) == 0
    assert "US" not in json.loads(capsys.readouterr().out)["subjects"][0]["countries"]
    assert run(["solve", *given, "--json", "--allow-stale"]) == 0
    decision = json.loads(capsys.readouterr().out)
    assert decision["policies"]["applied"] == ["gdpr@3"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gdpr.yaml").write_text(GDPR.replace("pii-eu", "pii-uk"))
    assert run(["solve", *given[:3], "gdpr.yaml"]) == 1
    assert "web.yaml:" in (said := capsys.readouterr().err)
    assert "pii-eu" in said
