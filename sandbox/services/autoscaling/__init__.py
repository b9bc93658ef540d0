"""Application Auto Scaling, as far as it asks ECS."""
