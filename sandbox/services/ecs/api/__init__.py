"""The operations of ECS as botocore calls them; the door is `operations`."""
