"""The start of a function: what is made then stays, so no garbage is looked for before the first answer.

Python's collector goes through all modules, models and clients several times while they are made, and
finds nothing: a tenth of a cold start. Importing this, ahead of the rest, switches it off.
"""

import gc
from functools import cache

gc.disable()


@cache
def is_over() -> None:
    """From now on there may be garbage; what exists already is not gone through again."""
    gc.freeze()
    gc.enable()
