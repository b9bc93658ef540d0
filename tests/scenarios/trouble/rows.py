"""The trouble table, word for word: everything that must be survived, one scenario or more for each row."""

from __future__ import annotations

import pytest

ROWS = (
    "invalid YAML",
    "unknown field",
    "wrong type",
    "unresolved reference",
    "SecureString reference",
    "two files for one service",
    "symlink out of the folder",
    "alias bomb",
    "a manifest that grows without end, and references that never end",
    "10 MB file",
    "not UTF-8",
    "CRLF and BOM",
    "empty repo",
    "folder missing",
    "branch deleted",
    "force-push to an older commit",
    "config repo unreachable",
    "token expired",
    "manifest removed, prune on / off / beyond the guard",
    "file renamed",
    "service deleted by hand",
    "revision deregistered by hand",
    "desired count changed by hand with and without a scalable target",
    "a script that fights the controller for a day (≤ 10 deployments)",
    "image never healthy",
    "image missing",
    "no capacity",
    "first deployment fails with nothing to roll back to",
    "push during a rollout",
    "50 pushes in a row (the last runs, at most 3 deployments, history names all)",
    "rollback's outcome event lost and the Lambda killed after each AWS call "
    "(exactly one deployment of that digest)",
    "a person stops the deployment in the console",
    "throttling at 30 % of calls",
    "every event twice and shuffled",
    "every event lost",
    "table deleted in mid-rollout",
    "two installs with overlapping scope",
    "another service's README-only commit while one is quarantined",
    "`retry`",
    "a tag that changes with the image",
    "a prune taken back",
    "an in-place commit on a failing rollout",
    "an in-place push during a rollout, then a bad push",
    "a push that scales a quarantined branch",
    "`desiredCount: 0` on a first rollout that crash-loops",
    "a revert with another count while the bad one rolls",
    "adoption in mid-rollout",
    "a hand change beside a push under `selfHeal: false`",
    "waiting for an invalid service",
)

row = pytest.mark.row
"""`@row("invalid YAML")` above a scenario: the row that it plays."""
