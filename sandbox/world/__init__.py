"""Builds a world, inline or served: the only wiring; the door is `world.World`."""
