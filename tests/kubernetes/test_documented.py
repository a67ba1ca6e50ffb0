"""The documentation of Kubernetes says what is so."""

import io
import json
import re

from ruamel.yaml import YAML

from placement.kubernetes.demand import ANNOTATIONS
from placement.kubernetes.own_words import CLASSIFICATION
from tests.builders import FRANKFURT, VIRGINIA, catalog, offering
from tests.kubernetes import documented, judging
from tests.kubernetes.asking import by_name, scheduler
from tests.kubernetes.judging import GDPR, ONLY_EEA


def test_all_annotations_of_pods_are_in_the_table() -> None:
    table = documented.TEXT.partition("| annotation `placement.dev/...` |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == {*ANNOTATIONS, CLASSIFICATION}


def test_the_pod_that_is_shown_is_understood() -> None:
    shown = YAML(typ="safe", pure=True).load(io.StringIO(documented.manifest("Pod")))
    nodes = {"fra": judging.node(FRANKFURT.id), "vir": judging.node(VIRGINIA.id)}
    asked, _ = scheduler(nodes, catalog([offering(FRANKFURT), offering(VIRGINIA)]), GDPR)
    found = json.loads(asked.filter(by_name(shown, list(nodes))))
    assert found["NodeNames"] == ["fra"]
    assert found["FailedAndUnresolvableNodes"] == {"vir": ONLY_EEA}
    assert json.loads(asked.prioritize(by_name(shown, ["fra"]))) == [{"Host": "fra", "Score": 10}]
