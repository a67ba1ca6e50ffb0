"""A stored document as YAML that people can read and change; reading it gives the same document."""

import io
import json

from ruamel.yaml import YAML

_WIDTH = 100


def yaml_of(content_json: str) -> str:
    """Blocks outside, short lists and mappings in one line inside."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = None
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    writer.width = _WIDTH
    out = io.StringIO()
    writer.dump(json.loads(content_json), out)
    return out.getvalue()
