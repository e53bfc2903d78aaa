"""Whether the machine's own fonts can draw a text: asked of fontconfig, which WeasyPrint draws with."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache, lru_cache


@lru_cache(maxsize=1000)
def can_draw(text: str) -> bool:
    """True when one font has every character of the text; False also where fontconfig cannot be asked."""
    library = _fontconfig()
    if library is None or not text.strip():
        return False
    pattern, characters, names = library.FcPatternCreate(), library.FcCharSetCreate(), library.FcObjectSetCreate()
    for char in text:
        if not char.isspace():
            library.FcCharSetAddChar(characters, ord(char))
    library.FcPatternAddCharSet(pattern, b"charset", characters)
    library.FcObjectSetAdd(names, b"family")
    fonts = library.FcFontList(None, pattern, names)
    found = bool(fonts) and fonts.contents.count > 0
    library.FcFontSetDestroy(fonts)
    library.FcObjectSetDestroy(names)
    library.FcCharSetDestroy(characters)
    library.FcPatternDestroy(pattern)
    return found


class _FontSet(ctypes.Structure):
    _fields_ = (("count", ctypes.c_int), ("size", ctypes.c_int), ("fonts", ctypes.c_void_p))


@cache
def _fontconfig() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("fontconfig")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    signatures: dict[str, tuple[object, tuple[object, ...]]] = {
        "FcPatternCreate": (pointer, ()),
        "FcCharSetCreate": (pointer, ()),
        "FcObjectSetCreate": (pointer, ()),
        "FcCharSetAddChar": (ctypes.c_int, (pointer, ctypes.c_uint32)),
        "FcPatternAddCharSet": (ctypes.c_int, (pointer, text, pointer)),
        "FcObjectSetAdd": (ctypes.c_int, (pointer, text)),
        "FcFontList": (ctypes.POINTER(_FontSet), (pointer, pointer, pointer)),
        "FcFontSetDestroy": (None, (ctypes.POINTER(_FontSet),)),
        "FcObjectSetDestroy": (None, (pointer,)),
        "FcCharSetDestroy": (None, (pointer,)),
        "FcPatternDestroy": (None, (pointer,)),
    }
    for function, (result, arguments) in signatures.items():
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    return library
