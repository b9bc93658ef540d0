"""The models that ship are botocore's own, and hold every operation that is called."""

from __future__ import annotations

import pytest
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from ecs_gitops.resources.botocore_models import loader
from sandbox.stack.trimmed_models import AWS, CALLERS, MODELS, calls_in, trim, trimmed

CALL = "class A:\n    def f(self):\n        self._client.describe_clusters()\n"


def test_the_models_that_ship_are_botocores_own_trimmed_to_the_operations_in_use() -> None:
    """When this fails, `python -m sandbox.stack.trimmed_models` writes them anew."""
    shipped = {path.relative_to(MODELS).as_posix(): path.read_text() for path in MODELS.rglob("*.json")}
    expected = trimmed()
    assert shipped.keys() == expected.keys()
    assert [name for name in expected if shipped[name] != expected[name]] == []


def test_every_module_that_calls_a_service_is_known() -> None:
    calling = {path.name for path in AWS.glob("*.py") if calls_in(path.read_text())}
    assert calling == set(CALLERS.values())


@pytest.mark.parametrize("service", CALLERS)
def test_a_client_of_a_trimmed_model_has_exactly_the_methods_in_use(service: str) -> None:
    used = calls_in((AWS / CALLERS[service]).read_text())
    session = Session()
    session.register_component("data_loader", loader())
    session.set_credentials("key", "secret")
    config = Config(retries={"mode": "standard"}, proxies={})
    client = session.create_client(service, region_name="eu-west-1", config=config)
    assert used == set(client.meta.method_to_api_mapping)
    assert "eu-west-1" in client.meta.endpoint_url


def test_an_operation_that_is_called_anew_changes_the_model() -> None:
    """The control of the comparison: what is called decides what the model holds."""
    whole = Loader().load_service_model("ecs", "service-2")
    used = calls_in((AWS / "ecs.py").read_text())
    assert calls_in(CALL) == {"describe_clusters"}
    before, after = trim(whole, used), trim(whole, used | calls_in(CALL))
    assert after["operations"].keys() - before["operations"].keys() == {"DescribeClusters"}
    assert {"Cluster", "DescribeClustersRequest"} <= after["shapes"].keys() - before["shapes"].keys()


def test_what_a_request_may_hold_is_not_trimmed() -> None:
    whole = Loader().load_service_model("ecs", "service-2")["shapes"]
    ours = loader().load_service_model("ecs", "service-2")["shapes"]
    assert {name: _fields(ours[name]) for name in ours} == {name: _fields(whole[name]) for name in ours}
    assert "ContainerDefinition" in ours


def test_a_call_that_is_no_operation_is_refused() -> None:
    whole = Loader().load_service_model("sqs", "service-2")
    with pytest.raises(LookupError, match="botocore knows no operation for wake_up"):
        trim(whole, {"send_message", "wake_up"})


def _fields(shape: dict[str, object]) -> object:
    members = shape.get("members", {})
    assert isinstance(members, dict)
    return sorted(members), shape.get("required"), shape.get("enum"), shape.get("min"), shape.get("max")
