"""Amazon ECS that lives: a pure engine, the answers it gives, and the one impure part that moves tasks."""
