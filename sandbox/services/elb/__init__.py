"""Elastic Load Balancing that lives: target health, and a balancer that forwards real HTTP."""
