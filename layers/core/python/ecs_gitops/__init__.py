"""ecs-gitops: Amazon ECS follows your Git repository.

Its rooms stand on floors, and a module imports from its own room and from lower floors alone
(docs/architecture.md). Read it in this order; each rests on those before it:

1. `model.desired`, `model.live`, `model.record`   what Git says, what ECS says, what we remember
2. `plan.decide`            desired × live × record → actions; an empty list means "in sync"
3. `reconcile.loop`         observe → plan → apply → record, one service
4. `resources.service_fields`   what is known of each field of an ECS service, as a table
5. `functions/reconciler/app.py`   where it all meets AWS Lambda
"""

__version__ = "0.1.0"
