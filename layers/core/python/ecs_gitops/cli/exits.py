"""Exit codes, the same for every verb. Pure."""

FAILED = 1
DIFFERS = 2
DEGRADED = 3
USAGE = 64
"""Not 2, which says that something differs."""
TRY_AGAIN = 75
"""As in sysexits: it may pass by itself."""
INTERRUPTED = 130
