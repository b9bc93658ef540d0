"""What wakes services: every minute, and at events; the door is `every_minute.sweep`."""
