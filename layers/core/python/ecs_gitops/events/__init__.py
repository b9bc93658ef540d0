"""What reaches a function → who is to look at what; the door is `triggers`."""
