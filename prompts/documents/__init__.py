"""The printed page: HTML and CSS of quotes and invoices, and the font they are set in.

Everything a reader sees on paper and that is not data of the document is written here, in French. The templates compute
nothing: they lay out a view made of ready texts.
"""
