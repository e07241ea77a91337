"""Documents as bytes: a Typst template and its data become a PDF that archives keep and screen readers read.

What a document says and to which case it belongs is not here (`procedures.documents`). `typst/` is the library that
templates import as `turna.typ`.
"""

from .codes import new_code, qr_svg, read_code, shown_code
from .pictures import drawing_size, picture_png
from .rendering import Attachment, library, maker, render

__all__ = [
    "Attachment",
    "drawing_size",
    "library",
    "maker",
    "new_code",
    "picture_png",
    "qr_svg",
    "read_code",
    "render",
    "shown_code",
]
