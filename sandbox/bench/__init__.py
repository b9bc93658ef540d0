"""Figures beside a floor from the same run; the door is `measure.measure`."""
