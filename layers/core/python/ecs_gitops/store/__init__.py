"""What is remembered: nouns ↔ items of the table; the door is `records`."""
