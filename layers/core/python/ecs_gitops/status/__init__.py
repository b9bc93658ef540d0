"""What a person is told; the door is `assess.assess`."""
