"""Messages composed from parts with their gold lines: trades × quantities × units × price forms × number words × noise.

Everything is drawn from one ``random.Random``, so that a seed names a message. The gold tells which numbers are lines and
which are noise (street numbers, postal codes, phones, SIRETs, years, dimensions).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from num2words import num2words
