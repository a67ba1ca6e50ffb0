"""What the client expects of an answer is what the service's own description promises, member by member."""

from typing import Any

import pytest

from placement.client import decision_forms, market_forms, move_forms, named_forms
from tests.api.deciding import Process

FORMS: dict[str, Any] = {
    "DecisionShown": decision_forms.Decision,
    "DecidedOn": decision_forms.DecidedOn,
    "StaleOffering": decision_forms.StaleOffering,
    "JudgedBy": decision_forms.JudgedBy,
    "AssignmentShown": decision_forms.Assignment,
    "PlacementShown": decision_forms.PlacedWorkload,
    "DatasetShown": decision_forms.PlacedDataset,
    "FlowShown": decision_forms.PlacedFlow,
    "BaselineShown": decision_forms.Baseline,
    "ConflictShown": decision_forms.Conflict,
    "RejectionShown": decision_forms.Rejection,
    "PendingDecision": decision_forms.PendingDecision,
    "ProgressShown": decision_forms.Progress,
    "DecisionLineShown": decision_forms.DecisionLine,
    "DecisionPage": decision_forms.DecisionPage,
    "Replayed": decision_forms.Replayed,
    "Cancelled": decision_forms.Cancelled,
    "MovesShown": move_forms.Moves,
    "MoveShown": move_forms.Move,
    "InForceShown": move_forms.InForce,
    "MigrationShown": move_forms.Migration,
    "CostsShown": move_forms.Costs,
    "PlaceShown": move_forms.Place,
    "MoveReasonShown": move_forms.MoveReason,
    "BestMoveShown": move_forms.BestMove,
    "StayShown": move_forms.Stay,
    "StartShown": move_forms.Start,
    "CatalogStamp": market_forms.CatalogStamp,
    "Quote": market_forms.Quote,
    "QuotedOffering": market_forms.QuotedOffering,
    "QuoteRejection": market_forms.QuoteRejection,
    "PriceHistory": market_forms.PriceHistory,
    "PriceHistoryPoint": market_forms.PricePoint,
    "CatalogShown": market_forms.Catalog,
    "SourceInRegion": market_forms.SourceInRegion,
    "CapacityHintShown": market_forms.CapacityHint,
    "RefusedRows": market_forms.RefusedRows,
    "NewestCollection": market_forms.NewestCollection,
    "LastFailure": market_forms.LastFailure,
    "NeverStored": market_forms.NeverStored,
    "CollectionShown": market_forms.Collection,
    "CollectionPage": market_forms.CollectionPage,
    "CollectionStarted": market_forms.CollectionStarted,
    "SavedShown": named_forms.Saved,
    "PoliciesShown": named_forms.Stored,
    "FleetShown": named_forms.Stored,
    "PolicyReportShown": named_forms.PolicyReport,
    "AdmittedShown": named_forms.Admitted,
    "PoliciesHead": named_forms.PoliciesHead,
    "PoliciesPage": named_forms.PoliciesPage,
}
WITHOUT_SCHEMA = {
    "Alternative",
    "RunnerUp",
    "Explanation",
    "PolicyCost",
    "PolicyCosts",
    "Worth",
    "LimitCost",
    "LimitsGone",
    "LimitCosts",
}
"""The service describes them as objects only; each is asked for in `test_decisions`."""


@pytest.fixture(scope="module")
def schemas(process: Process) -> Any:
    return process.ask("GET", "/openapi.json").json()["components"]["schemas"]


@pytest.mark.parametrize("name", FORMS)
def test_a_form_has_the_members_of_its_schema(name: str, schemas: Any) -> None:
    form, schema = FORMS[name], schemas[name]
    assert set(form.__annotations__) == set(schema["properties"])
    assert form.__required_keys__ == set(schema["required"])


@pytest.mark.parametrize(
    "module", [decision_forms, market_forms, move_forms, named_forms], ids=lambda module: module.__name__
)
def test_every_form_is_compared(module: Any) -> None:
    written = {name for name, value in vars(module).items() if hasattr(value, "__required_keys__")}
    assert written - WITHOUT_SCHEMA <= {form.__name__ for form in FORMS.values()}
