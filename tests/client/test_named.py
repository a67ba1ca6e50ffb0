import pytest

from placement.client import Client
from placement.domain.errors import BadFleet, BadInput, BadPolicies, Conflicting, UnknownDocument
from tests.client.asking import FLEET, GDPR

EEA = "policies: [{name: eea, version: 1, when: {}, allow_only: {place: [EEA]}}]\n"


def test_policies_are_stored_listed_read_and_removed(client: Client) -> None:
    saved = client.policies.put("kept", GDPR)
    assert saved.document["revision"] == 1
    (head,) = [head for head in client.policies.list() if head["name"] == "kept"]
    assert head["policies"] == ["gdpr@1", "no-us-parent@1"]
    stored = client.policies.get("kept")
    assert (stored.etag, stored.document["digest"]) == (saved.etag, saved.document["digest"])
    assert stored.document["document"]["policies"][0]["name"] == "gdpr"
    client.policies.delete("kept")
    with pytest.raises(UnknownDocument, match="was removed"):
        client.policies.get("kept")


def test_a_change_is_made_over_what_was_seen(client: Client) -> None:
    first = client.policies.put("seen", GDPR, only_new=True)
    with pytest.raises(Conflicting, match="'seen' is at revision 1"):
        client.policies.put("seen", EEA, only_new=True)
    second = client.policies.put("seen", EEA, if_match=first.etag)
    assert second.document["revision"] == 2
    with pytest.raises(Conflicting, match="'seen' is at revision 2"):
        client.policies.put("seen", GDPR, if_match=first.etag)
    with pytest.raises(Conflicting):
        client.policies.delete("seen", if_match=first.etag)
    assert client.policies.get("seen", 1).etag == first.etag
    client.policies.delete("seen", if_match=second.etag)


def test_a_fleet_is_stored_under_its_own_name(client: Client) -> None:
    saved = client.fleets.put("shop", FLEET)
    stored = client.fleets.get("shop")
    assert stored.etag == saved.etag
    assert stored.document["document"]["fleet"] == "shop"
    with pytest.raises(BadFleet, match="the path says 'other'"):
        client.fleets.put("other", FLEET)


def test_what_cannot_be_read_is_not_stored(client: Client) -> None:
    with pytest.raises(BadPolicies, match="broken:1:"):
        client.policies.put("broken", "policies: [{name: 7}]")
    with pytest.raises(UnknownDocument, match="no policy document 'broken'"):
        client.policies.get("broken")


@pytest.mark.parametrize("name", ["Not A Name", "a/b", "..", ""])
def test_a_name_that_is_none_is_refused(name: str, client: Client) -> None:
    with pytest.raises(BadInput):
        client.policies.get(name)
