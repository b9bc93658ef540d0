"""What runs when ECS starts a task: only its state, or real local processes."""
