"""Writers of the manual: PDF, DOCX, HTML and Markdown from the same structure (`engine.book`).

What the manual says is decided there; here, how it looks on paper and on a page.
"""
