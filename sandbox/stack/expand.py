"""A SAM template and its parameters → plain CloudFormation that the sandbox can make."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from sandbox.stack.check import check
from sandbox.stack.functions import LOCAL_BUCKET
from sandbox.stack.reading import read
from sandbox.stack.resolving import StackError, parameter_values, resolved

SAM = "AWS::Serverless-2016-10-31"
LOCAL_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def expand(
    template_text: str, parameters: Mapping[str, str], *, account: str, region: str, folder: Path
) -> dict[str, Any]:
    """Plain CloudFormation of a template in `folder`; local code becomes an object in a bucket `sandbox`.

    Raises StackError for what SAM, CloudFormation or the sandbox refuses.
    """
    template = copy.deepcopy(_read(template_text))
    values = parameter_values(template.get("Parameters", {}), parameters)
    plain = resolved(template, values, _pseudo(account, region))
    if plain.get("Transform") == SAM:
        given = json.dumps([_with_code(plain, folder), values])
        plain = json.loads(_translated(given, region))
    _name_fifo_queues(plain["Resources"])
    _plain_lists(plain.get("Parameters", {}))
    check(plain)
    return plain


@lru_cache(maxsize=8)
def _read(template_text: str) -> dict[str, Any]:
    return read(template_text)


def _pseudo(account: str, region: str) -> dict[str, str]:
    return {"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": "aws"}


def _with_code(template: dict[str, Any], folder: Path) -> dict[str, Any]:
    for name, body in template["Resources"].items():
        key = LOCAL_CODE.get(body["Type"])
        if key is None:
            continue
        location = body["Properties"].get(key)
        if not isinstance(location, str) or location.startswith("s3://"):
            raise StackError(f"{name}: the sandbox needs a local {key}, not {location!r}")
        path = (folder / location).resolve()
        if not path.is_dir():
            raise StackError(f"{name}: there is no folder {path}")
        place = str(path).lstrip("/")
        body["Properties"][key] = {"Bucket": LOCAL_BUCKET, "Key": place, "Version": _version(path)}
    return template


def _version(folder: Path) -> str:
    """Changes when a file of the folder does: changed code is a changed template, as after an upload."""
    seen = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if "__pycache__" not in path.parts and path.is_file():
            stat = path.stat()
            seen.update(f"{path.relative_to(folder)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()


@lru_cache(maxsize=32)
def _translated(given: str, region: str) -> str:
    """SAM's own translation; its sections that CloudFormation does not know are gone afterwards.

    given: the template and its parameters' values, as JSON; kept, for many worlds make the same stack.
    """
    template, values = json.loads(given)
    names = {name: ",".join(v) if isinstance(v, list) else v for name, v in values.items()}
    translator = Translator({}, Parser(), boto_session=_session(region))
    try:
        return json.dumps(translator.translate(template, names))
    except InvalidDocumentException as error:
        causes = "; ".join(str(cause.message) for cause in error.causes)
        raise StackError(f"SAM refuses the template: {causes}") from error
    finally:
        translator.metrics.publish()  # to nobody: unpublished ones warn when they are dropped


@cache
def _session(region: str) -> boto3.Session:
    return boto3.Session(region_name=region, aws_access_key_id="none", aws_secret_access_key="none")


def _name_fifo_queues(resources: dict[str, Any]) -> None:
    """AWS ends the made-up name of a FIFO queue in `.fifo`; moto refuses to make one without."""
    for name, body in resources.items():
        properties = body.get("Properties", {})
        if body["Type"] == "AWS::SQS::Queue" and properties.get("FifoQueue"):
            properties.setdefault("QueueName", {"Fn::Sub": f"${{AWS::StackName}}-{name}.fifo"})


def _plain_lists(parameters: dict[str, Any]) -> None:
    """Lists are put in already; as texts they are shown as they were given."""
    for slot in parameters.values():
        if slot["Type"] == "CommaDelimitedList" or slot["Type"].startswith("List<"):
            slot["Type"] = "String"
