"""False drift over a folder of real ECS definitions: each is brought about here, and must not differ."""
