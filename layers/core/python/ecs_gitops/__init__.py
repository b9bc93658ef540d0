"""ecs-gitops: Amazon ECS follows your Git repository.

Read it in this order; each module rests on those before it:

1. `model`               the nouns: what Git says, what ECS says, what we remember
2. `plan`                desired × live × record → actions; an empty list means "in sync"
3. `reconcile`           observe → plan → apply → record, one service
4. `resources.service`   what is known of each field of an ECS service, as a table
5. `functions/reconciler/app.py`   where it all meets AWS Lambda
"""

__version__ = "0.1.0"
