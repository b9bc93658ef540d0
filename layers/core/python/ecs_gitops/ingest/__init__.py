"""A source's branch head → desired records → whom to wake; the door is `source.look_at_source`."""
