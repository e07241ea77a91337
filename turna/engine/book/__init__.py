"""The printed manual as a pure structure: sections of blocks, the same for every writer (PDF, DOCX, HTML, Markdown).

Which chapters there are, in which order and in which words is decided here; how they look is the writers' business.
"""

from .forms import Box, FormSheet, Parts, form_sheet
from .making import Change, book_of, colours_of, leaflet_of
from .parts import Approvals, Block, Book, Cell, Facts, Form, Items, Picture, Section, Table, Text

__all__ = [
    "Approvals",
    "Block",
    "Book",
    "Box",
    "Cell",
    "Change",
    "Facts",
    "Form",
    "FormSheet",
    "Items",
    "Parts",
    "Picture",
    "Section",
    "Table",
    "Text",
    "book_of",
    "colours_of",
    "form_sheet",
    "leaflet_of",
]
