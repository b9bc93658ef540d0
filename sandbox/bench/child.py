"""Run by Lambda's Python on nothing but a build: starts as a function does, answers one event, says so.

Arguments: `function` or `bare`, and a file of JSON. Only what is measured is imported.
"""

import sys


def function(folder: str, event: object) -> object:
    """A function of ours, loaded from its build."""
    from importlib import import_module

    class Context:
        function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "bench"

    sys.path.insert(0, folder)
    return import_module("app").handler(event, Context())


def bare() -> object:
    """What anybody would write first: boto3, an ECS client, one call."""
    import boto3

    return boto3.client("ecs").describe_services(cluster="handson", services=["nginx"])


def main() -> None:
    """Print `answered`, and what was."""
    kind, paths, *rest = sys.argv[1:]
    sys.path[:0] = paths.split(":")
    if kind == "bare":
        answer = bare()
    else:
        import json

        folder, event = rest
        answer = function(folder, json.loads(event))
    out = sys.__stdout__
    assert out is not None
    out.write(f"answered {answer}\n")
    out.flush()


if __name__ == "__main__":
    main()
