"""One turn for one service: observe → plan → apply → record; the door is `loop.look_at_service`."""
