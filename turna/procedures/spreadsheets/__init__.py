"""Formats as spreadsheets (`hoja: sí`): a tab per section to download, fill in any spreadsheet program, and upload.

`layout` says what lies where, `cells` what one value is as a cell and back, `writing` and `reading` do the files. No
model is touched here: the pages bring values and names, and take what was typed and in which cell.
"""

from .reading import BadBook, Uploaded, read_book
from .writing import write_book

__all__ = ["BadBook", "Uploaded", "read_book", "write_book"]
