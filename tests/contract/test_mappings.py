"""SQS → Lambda, as AWS maps it: order of groups, batches, partial failures, visibility, dead letters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from sandbox.wires.invoke import Answer, Done
from sandbox.wires.mappings import failures
from tests.contract.little_stack import little_stack

FAILS = """
def handler(event, context):
    raise ValueError("no")
"""
FAILS_BAD = """
def handler(event, context):
    bad = [r["messageId"] for r in event["Records"] if r["body"].startswith("bad")]
    return {"batchItemFailures": [{"itemIdentifier": i} for i in bad]}
"""


def test_a_message_reaches_the_function_without_anybody_polling(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        stack.send("a", "1")
        assert stack.batches() == []
        stack.world.advance(1)
        assert stack.batches() == [["1"]]
        (record,) = stack.events()[0]["Records"]
        stack.world.advance(60)
        assert stack.waiting() == []
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == stack.outputs["WorkArn"]
    attributes = record["attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("a", "a-1")
    assert attributes["ApproximateReceiveCount"] == "1"
    assert attributes["SenderId"]


def test_what_waits_is_taken_in_order_and_at_most_ten_at_once(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        stack.send("a", *(f"a{i}" for i in range(7)))
        stack.send("b", *(f"b{i}" for i in range(7)))
        stack.world.advance(5)
        batches = stack.batches()
    taken = [body for batch in batches for body in batch]
    assert max(map(len, batches)) == 10
    for group in "ab":
        assert [body for body in taken if body[0] == group] == [f"{group}{i}" for i in range(7)]


def test_a_failed_message_comes_back_alone_when_its_visibility_timeout_ends(tmp_path: Path):
    with little_stack(tmp_path, FAILS_BAD) as stack:
        stack.send("a", "good", "bad")
        stack.send("b", "fine")
        stack.world.advance(29)
        assert stack.batches() == [["good", "bad", "fine"]]
        stack.world.advance(2)
        assert stack.batches() == [["good", "bad", "fine"], ["bad"]]


def test_a_group_with_a_failed_message_waits_and_other_groups_do_not(tmp_path: Path):
    with little_stack(tmp_path, FAILS_BAD) as stack:
        stack.send("a", "bad")
        stack.world.advance(1)
        stack.send("a", "next")
        stack.send("b", "other")
        stack.world.advance(1)
        assert stack.batches() == [["bad"], ["other"]]
        stack.world.advance(200)
        assert stack.batches()[2:] == [["bad", "next"], ["bad"]]


def test_a_function_that_fails_fails_its_whole_batch_up_to_the_dead_letters_in_order(tmp_path: Path):
    with little_stack(tmp_path, FAILS) as stack:
        stack.send("a", "1", "2", "3")
        stack.world.advance(300)
        assert stack.batches() == [["1", "2", "3"]] * 3
        assert stack.waiting("Dead") == ["1", "2", "3"]
        assert all(entry["error"] == "Unhandled" for entry in stack.ended())


def test_no_more_batches_run_at_once_than_the_mapping_allows(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        running: list[Done] = []
        stack.world.wires.invoker.runner = lambda function, request, done: running.append(done)
        for group in "abcde":
            stack.send(group, *(f"{group}{i}" for i in range(10)))
        stack.world.advance(5)
        assert (len(running), len(stack.batches())) == (2, 2)
        running.pop(0)(Answer("null"))
        stack.world.advance(1)
        assert (len(running), len(stack.batches())) == (2, 3)


def test_messages_sent_before_the_mapping_is_enabled_are_taken_then(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        client = stack.world.client("lambda")
        (mapping,) = client.list_event_source_mappings()["EventSourceMappings"]
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        stack.send("a", "1")
        stack.world.advance(100)
        assert stack.batches() == []
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
        stack.world.advance(1)
        assert stack.batches() == [["1"]]


def test_a_mapping_whose_function_may_run_longer_than_messages_are_hidden_is_refused(tmp_path: Path):
    with little_stack(tmp_path) as stack:
        stack.world.client("sqs").set_queue_attributes(
            QueueUrl=stack.outputs["Work"], Attributes={"VisibilityTimeout": "9"}
        )
        with pytest.raises(
            ClientError, match="visibility timeout: 9 seconds is less than Function timeout: 10"
        ):
            stack.world.client("lambda").create_event_source_mapping(
                EventSourceArn=stack.outputs["WorkArn"], FunctionName=stack.outputs["Worker"]
            )


IDS = ["a", "b", "c"]
PARTIAL = ["ReportBatchItemFailures"]


@given(st.lists(st.sampled_from(IDS)))
def test_exactly_the_named_items_failed(named: list[str]):
    body = {"batchItemFailures": [{"itemIdentifier": name} for name in named]}
    assert failures(Answer(json.dumps(body)), IDS, PARTIAL) == set(named)


@pytest.mark.parametrize(
    "body",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"item": "a"}]},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": ["a"]},
        "text",
    ],
)
def test_a_malformed_answer_fails_the_whole_batch(body: object):
    assert failures(Answer(json.dumps(body)), IDS, PARTIAL) == set(IDS)


@pytest.mark.parametrize("body", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}])
def test_an_empty_answer_means_that_all_went_well(body: object):
    assert failures(Answer(json.dumps(body)), IDS, PARTIAL) == set()


def test_without_report_batch_item_failures_the_answer_is_not_read():
    body = json.dumps({"batchItemFailures": [{"itemIdentifier": "a"}]})
    assert failures(Answer(body), IDS, []) == set()
    assert failures(Answer(body, "Unhandled"), IDS, []) == set(IDS)
