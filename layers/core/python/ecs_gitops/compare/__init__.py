"""One form for both sides, what differs, and who owns it; the doors are `canonical` and `diff`."""
