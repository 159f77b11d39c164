"""GLPI's content is HTML: ours is escaped into paragraphs, theirs is read back as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape


def paragraphs(lines: Iterable[str]) -> str:
    """Escaped text in <p>, one for each line. GLPI 11 no longer cleans what it is sent."""
    return "".join(f"<p>{escape(line)}</p>" for line in lines if line)


def plain(html: str) -> str:
    """The text of GLPI's HTML. GLPI 10 keeps it encoded once more (&#60;p&#62;): decoded as often as needed."""
    if "<" not in html and re.search(r"&(lt|#60|#x3c);", html, re.I):
        html = unescape(html)
    html = re.sub(r"<(?:br|/p|/div|/li|/h\d)[^>]*>", "\n", html)
    html = re.sub(r"<[^>]+>", "", html)
    lines = (" ".join(line.split()) for line in unescape(html).splitlines())
    return "\n".join(line for line in lines if line)
