"""Transcription: a voice note becomes words with times and confidences (G06).

``sound`` opens the file and judges it before anybody listens, ``port`` is what a recogniser must do, two providers do it,
``cleaning`` takes out what recognisers invent, ``service`` puts them together.
"""
