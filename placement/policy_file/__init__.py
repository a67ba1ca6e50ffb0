"""A file of policies is read whole or refused with all its flaws, each with line, column and what would be right."""

from placement.policy_file.document import Kind, PolicyDocument, parse_policies, read_policies
from placement.policy_file.of_fleet import check_classes, read_fleet_policies, resolve
from placement.policy_file.written_policies import canonical, digest, to_document

__all__ = [
    "Kind",
    "PolicyDocument",
    "canonical",
    "check_classes",
    "digest",
    "parse_policies",
    "read_fleet_policies",
    "read_policies",
    "resolve",
    "to_document",
]
