"""The company's colour on paper: one accent that stays readable whatever was chosen."""

from __future__ import annotations

import colorsys
import re

_DEFAULT_ACCENT = "#1f4e5f"


def readable_accent(color: str | None) -> str:
    """The company's colour as #rrggbb, darkened until white text on it is readable (contrast 4.5, WCAG)."""
    found = re.fullmatch(r"#?([0-9a-fA-F]{6})", color or "")
    red, green, blue = _rgb(f"#{found.group(1)}" if found else _DEFAULT_ACCENT)
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    while _contrast_with_white(*colorsys.hls_to_rgb(hue, lightness, saturation)) < 4.5:
        lightness -= 0.02
    return _hex(*colorsys.hls_to_rgb(hue, lightness, saturation))


def tint(accent: str) -> str:
    """A very light shade of the colour, for backgrounds."""
    return _hex(*(channel + (1 - channel) * 0.93 for channel in _rgb(accent)))


def _rgb(color: str) -> tuple[float, float, float]:
    return (int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255)


def _hex(*channels: float) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _contrast_with_white(*channels: float) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
