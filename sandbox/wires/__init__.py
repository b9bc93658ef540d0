"""How an event reaches a function: bus, queues, mappings, schedules, invocations."""
