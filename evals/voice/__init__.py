"""How well voice notes are understood: sentences spoken by a synthesiser, heard by the real recogniser, read by the grammar."""
