"""Desired × live × record → actions; the door is `decide.plan`."""
