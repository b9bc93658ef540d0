"""How true the sandbox's ECS is: what it refuses, and that what it answers is what was asked for."""
