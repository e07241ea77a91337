"""The unforgeable history: append an entry, seal the whole, find what was changed.

Against a slip or a curious hand the triggers of `core.database` are enough; the chains find what got past them; the
checkpoints, keyed with the install's secret, find a whole chain written anew.
"""

from .checking import Break, verify
from .checkpoints import checkpoint
from .sealing import CHAINS, Head, append, entry_hash, note, register_chain

__all__ = ["CHAINS", "Break", "Head", "append", "checkpoint", "entry_hash", "note", "register_chain", "verify"]
