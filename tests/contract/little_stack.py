"""A small stack for tests of the wires: a FIFO queue with a function, a rule and a schedule."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.world.world import World

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
Globals:
  Function: {Runtime: python3.13, Handler: app.handler, Timeout: 10, MemorySize: 256}
Resources:
  Work:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      ContentBasedDeduplication: true
      VisibilityTimeout: 30
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {FifoQueue: true}
  Lost:
    Type: AWS::SQS::Queue
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: worker
      Environment: {Variables: {GREETING: !Ref Greeting, TABLE: !Ref Table}}
      Policies:
        - Statement:
            - {Sid: Keep, Effect: Allow, Action: "dynamodb:*", Resource: !GetAtt Table.Arn}
      Events:
        Work:
          Type: SQS
          Properties:
            Queue: !GetAtt Work.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: {MaximumConcurrency: 2}
  Watcher:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: watcher
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Lost.Arn}
      Events:
        Push:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [test.watch]}}
        Minute:
          Type: Schedule
          Properties: {Schedule: rate(1 minute)}
  Pushed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [test.push]}
      Targets: [{Id: work, Arn: !GetAtt Work.Arn, SqsParameters: {MessageGroupId: main}}]
  WorkPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Work]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Work.Arn
            Condition: {ArnEquals: {aws:SourceArn: !GetAtt Pushed.Arn}}
Outputs:
  Work: {Value: !Ref Work}
  Dead: {Value: !Ref Dead}
  Lost: {Value: !Ref Lost}
  WorkArn: {Value: !GetAtt Work.Arn}
  Worker: {Value: !Ref Worker}
  Watcher: {Value: !Ref Watcher}
  Table: {Value: !Ref Table}
"""

NOTHING = "def handler(event, context):\n    return None\n"


class LittleStack:
    """A deployed stack in a world, and what tests do to it."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.outputs: dict[str, str] = {}

    def deploy(self, **parameters: str) -> None:
        """Create or update the stack from what is in the folder now."""
        self.outputs = self.world.deploy(self.folder / "template.yaml", "little", parameters)

    def send(self, group: str, *bodies: str, queue: str = "Work") -> None:
        """Send messages to a queue, each body its own deduplication id."""
        for body in bodies:
            self.world.client("sqs").send_message(
                QueueUrl=self.outputs[queue],
                MessageBody=body,
                MessageGroupId=group,
                MessageDeduplicationId=f"{group}-{body}",
            )

    def waiting(self, queue: str = "Work") -> list[str]:
        """Bodies of what could be received now; the messages are then in flight."""
        found = self.world.client("sqs").receive_message(
            QueueUrl=self.outputs[queue], MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        return [message["Body"] for message in found.get("Messages", [])]

    def ended(self, function: str = "Worker") -> list[dict[str, Any]]:
        """Journal entries of a function's finished invocations."""
        name = self.outputs[function]
        return [
            dict(entry.detail)
            for entry in self.world.journal
            if entry.kind == "lambda.ended" and entry.detail["function"] == name
        ]

    def events(self, function: str = "Worker") -> list[dict[str, Any]]:
        """The events a function was started with."""
        name = self.outputs[function]
        return [
            json.loads(entry.detail["event"])
            for entry in self.world.journal
            if entry.kind == "lambda.started" and entry.detail["function"] == name
        ]

    def batches(self) -> list[list[str]]:
        """The bodies of each batch the worker was started with."""
        return [[record["body"] for record in event["Records"]] for event in self.events()]


def write_functions(
    folder: Path, worker: str = NOTHING, watcher: str = NOTHING, template: str = TEMPLATE
) -> None:
    """The stack's folder: a template and two functions."""
    (folder / "template.yaml").write_text(template)
    for name, code in (("worker", worker), ("watcher", watcher)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "app.py").write_text(textwrap.dedent(code))


@contextmanager
def little_stack(folder: Path, worker: str = NOTHING, watcher: str = NOTHING) -> Iterator[LittleStack]:
    """The stack, deployed in an inline world."""
    write_functions(folder, worker, watcher)
    with World.inline() as world:
        stack = LittleStack(world, folder)
        stack.deploy()
        yield stack
