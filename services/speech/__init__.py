"""Speech: recaps said aloud to artisans who read little (U17, UX-63).

The text always goes first; a job makes the voice note behind it. Nothing is spoken without an endpoint.
"""
