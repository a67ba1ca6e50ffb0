"""How a cluster is reached by kubeconfig files, and what is said where that cannot work."""

import os
from base64 import b64encode
from pathlib import Path

import pytest

from placement.domain.errors import BadInput
from placement.kubernetes.access import ClusterAccess, Secret
from placement.kubernetes.kubeconfig import from_kubeconfig, from_variable

KUBECONFIG = """
apiVersion: v1
kind: Config
preferences: {}
current-context: here
contexts:
- {name: here, context: {cluster: c, user: u, namespace: default}}
- {name: there, context: {cluster: d, user: v}}
- {name: nobody, context: {cluster: c, user: w}}
- {name: nowhere, context: {cluster: e, user: u}}
clusters:
- {name: c, cluster: {server: "https://10.0.0.1:6443/", certificate-authority: ca.crt}}
- {name: d, cluster: {server: "https://10.0.0.2", certificate-authority-data: Y2E=}}
users:
- {name: u, user: {client-certificate: admin.crt, client-key: admin.key}}
- {name: v, user: {client-certificate-data: Y2VydA==, client-key-data: a2V5, token: secret}}
"""


def kubeconfig(folder: Path, text: str = KUBECONFIG) -> Path:
    file = folder / "config"
    file.write_text(text, encoding="utf-8")
    return file


def message(folder: Path, old: str = "", new: str = "", context: str = "") -> str:
    """What is said of the file above with a change in it."""
    assert old in KUBECONFIG
    with pytest.raises(BadInput) as refused:
        from_kubeconfig(kubeconfig(folder, KUBECONFIG.replace(old, new) if old else KUBECONFIG), context)
    return str(refused.value)


def test_files_are_relative_to_the_kubeconfig(tmp_path: Path) -> None:
    assert from_kubeconfig(kubeconfig(tmp_path)) == ClusterAccess(
        "https://10.0.0.1:6443",
        authority=Secret(file=tmp_path / "ca.crt"),
        certificate=Secret(file=tmp_path / "admin.crt"),
        key=Secret(file=tmp_path / "admin.key"),
    )


def test_data_in_the_file_are_understood(tmp_path: Path) -> None:
    found = from_kubeconfig(kubeconfig(tmp_path), "there")
    assert found == ClusterAccess(
        "https://10.0.0.2", Secret(b"ca"), Secret(b"cert"), Secret(b"key"), token=Secret(b"secret")
    )
    assert "secret" not in repr(found)


def test_a_token_in_a_file_is_read_again_and_again(tmp_path: Path) -> None:
    text = KUBECONFIG.replace("token: secret", "tokenFile: token")
    token = from_kubeconfig(kubeconfig(tmp_path, text), "there").token
    assert token is not None
    (tmp_path / "token").write_text("one")
    assert token.read() == b"one"
    (tmp_path / "token").write_text("two")
    assert token.read() == b"two"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("current-context: here", "", "there is no context '', it has here, nobody, nowhere, there"),
        ("current-context: here", "current-context: nobody", "names the user 'w', who is not there"),
        ("current-context: here", "current-context: nowhere", "names the cluster 'e', which is not there"),
        ("certificate-authority: ca.crt", "insecure-skip-tls-verify: true", "give certificate-authority"),
        ("certificate-authority: ca.crt", "tls-server-name: x", "tls-server-name is not supported"),
        ("client-key: admin.key", "exec: {command: aws}", "users with exec are not supported; use a token"),
        ("client-key: admin.key", "username: ''", "a client-certificate goes with a client-key"),
        ("https://10.0.0.1:6443/", "10.0.0.1", "the server '10.0.0.1' is no address"),
        ("client-key: admin.key", "client-key-data: '%'", "some of its data is no base64"),
        ("client-key: admin.key", "client-key: 7", "is no kubeconfig file: Expected `str`, got `int`"),
        ("apiVersion: v1", "[", "this is not YAML"),
    ],
)
def test_what_cannot_work_is_said(tmp_path: Path, old: str, new: str, words: str) -> None:
    said = message(tmp_path, old, new)
    assert said.startswith(str(tmp_path / "config"))
    assert words in said


def test_a_context_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "there is no context 'elsewhere', it has here, nobody" in message(tmp_path, context="elsewhere")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none: there is no such file"):
        from_kubeconfig(tmp_path / "none")


def test_base64_of_the_test_is_what_it_seems() -> None:
    assert [b64encode(text).decode() for text in (b"ca", b"cert", b"key")] == ["Y2E=", "Y2VydA==", "a2V5"]


MORE = """
current-context: prod
contexts:
- {name: prod, context: {cluster: c, user: p}}
- {name: there, context: {cluster: f, user: p}}
clusters:
- {name: c, cluster: {server: "https://10.0.0.3", certificate-authority: other.crt}}
- {name: f, cluster: {server: "https://10.0.0.4", certificate-authority: far.crt}}
users:
- {name: p, user: {tokenFile: token}}
- {name: u, user: {token: other}}
"""


def two(folder: Path, first: str = KUBECONFIG, second: str = MORE) -> str:
    """The variable's value for two files, each in a folder of its own."""
    files = [folder / "one" / "config", folder / "two" / "config"]
    for file, text in zip(files, (first, second), strict=True):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return os.pathsep.join(map(str, files))


def test_of_several_files_the_first_one_says_what_is_current(tmp_path: Path) -> None:
    assert from_variable(two(tmp_path)).server == "https://10.0.0.1:6443"
    assert from_variable(two(tmp_path, first="clusters: []")).server == "https://10.0.0.3"
    assert from_variable(two(tmp_path), "there").server == "https://10.0.0.2"


def test_what_is_named_in_several_files_is_all_of_the_first(tmp_path: Path) -> None:
    first = KUBECONFIG.replace("user: {client-certificate: admin.crt, client-key: admin.key}", "user: {}")
    assert from_variable(two(tmp_path, first)).token is None


def test_entries_of_several_files_go_together_and_paths_are_those_of_their_file(tmp_path: Path) -> None:
    assert from_variable(two(tmp_path), "prod") == ClusterAccess(
        "https://10.0.0.1:6443",
        authority=Secret(file=tmp_path / "one" / "ca.crt"),
        token=Secret(file=tmp_path / "two" / "token"),
    )


def test_files_that_are_not_there_count_for_nothing_beside_others(tmp_path: Path) -> None:
    value = os.pathsep.join((str(tmp_path / "none"), "", two(tmp_path)))
    assert from_variable(value).server == "https://10.0.0.1:6443"
    with pytest.raises(BadInput, match=r"none: there is no such file"):
        from_variable(str(tmp_path / "none"))
    with pytest.raises(BadInput, match=r"KUBECONFIG names no file; it is ':'"):
        from_variable(os.pathsep)


@pytest.mark.parametrize(
    ("context", "second", "words"),
    [
        ("nowhere", MORE, "one/config: the context 'nowhere' names the cluster 'e', which is not there"),
        (
            "elsewhere",
            MORE,
            "two/config: there is no context 'elsewhere', they have here, nobody, nowhere, prod, there",
        ),
        ("prod", MORE.replace("tokenFile: token", "exec: {command: aws}"), "two/config: users with exec are not"),
        ("prod", MORE.replace("name: f", "name: c"), "two/config: two clusters are named 'c'; take one of them out"),
        ("here", "[", "two/config:1:2: this is not YAML"),
    ],
)
def test_what_is_wrong_in_one_of_several_files_names_it(tmp_path: Path, context: str, second: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        from_variable(two(tmp_path, second=second), context)
    assert words in str(refused.value)
