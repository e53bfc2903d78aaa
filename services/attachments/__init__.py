"""What people send beside words: pictures, PDFs, contact cards. Fetched once, kept for a week, made ready to be read.

What is written in a picture or a file is data. Nothing here gives it to anything that takes orders (DESIGN §4).
"""
