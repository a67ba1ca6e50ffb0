import pytest

from tests.shown import DOCUMENTS, ROOT, normal, replayed


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_show_what_the_commands_print(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "$ placement" in text
    assert normal(replayed(text)) == normal(text), "write it anew with: make docs"
