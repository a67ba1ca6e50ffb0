"""What the API server asks before it keeps an object, and what it is answered: AdmissionReview v1."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from placement.kubernetes.admission.patch import Operation

FORBIDDEN, UNAVAILABLE = 403, 503
_MOST_WORDS = 120
"""Of a warning; the API server may cut longer ones."""
_MOST_REASON = 2_000

_NULL = Raw(b"null")


class GroupKind(Struct, frozen=True):
    """What an object is."""

    group: str = ""
    kind: str = ""


class GroupResource(Struct, frozen=True):
    """The path that was asked for."""

    group: str = ""
    resource: str = ""


class User(Struct, frozen=True):
    """Who asked."""

    username: str = ""
    groups: list[str] | None = None


class Request(Struct, frozen=True, rename="camel"):
    """One object that is to be kept."""

    uid: str
    operation: str
    kind: GroupKind = GroupKind()
    resource: GroupResource = GroupResource()
    sub_resource: str = ""
    name: str = ""
    namespace: str = ""
    user_info: User = User()
    object: Raw = _NULL
    old_object: Raw = _NULL

    @property
    def path(self) -> str:
        """The resource, with its part if that is meant: `pods/binding`."""
        return f"{self.resource.resource}/{self.sub_resource}" if self.sub_resource else self.resource.resource


class _Review(Struct, frozen=True, rename="camel"):
    api_version: Literal["admission.k8s.io/v1"]
    kind: Literal["AdmissionReview"]
    request: Request


_review_of = msgspec.json.Decoder(_Review).decode


@dataclass(frozen=True, slots=True)
class Answer:
    """It is allowed unless there is a refusal."""

    refusal: str = ""
    """In words."""
    code: int = FORBIDDEN
    """Of a refusal."""
    patch: tuple[Operation, ...] = ()
    warnings: tuple[str, ...] = ()
    """Shown to whoever asked."""
    audit: Mapping[str, str] = field(default_factory=dict)
    """Kept in the cluster's audit log, if it has one."""


ALLOWED = Answer()


def request_of(body: bytes) -> Request:
    """The question in a body; raises msgspec.DecodeError."""
    return _review_of(body).request


def written(request: Request, answer: Answer) -> bytes:
    """The answer as the API server reads it."""
    response: dict[str, Any] = {"uid": request.uid, "allowed": not answer.refusal}
    if answer.refusal:
        response["status"] = {"code": answer.code, "message": cut(answer.refusal, _MOST_REASON)}
    if answer.patch:
        patch = b64encode(msgspec.json.encode([each.document() for each in answer.patch])).decode()
        response |= {"patchType": "JSONPatch", "patch": patch}
    if answer.warnings:
        response["warnings"] = [cut(words, _MOST_WORDS) for words in answer.warnings]
    if answer.audit:
        response["auditAnnotations"] = {key: cut(words, _MOST_REASON) for key, words in answer.audit.items()}
    return msgspec.json.encode({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})


def cut(words: str, most: int) -> str:
    """At most so many characters."""
    return words if len(words) <= most else words[: most - 3] + "..."
