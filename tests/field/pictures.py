"""Pictures as cameras, tablets and rogues make them."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zlib
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, Base


def photo(
    width: int = 640, height: int = 480, *, seed: int = 0, grain: int = 10, **options: Any
) -> bytes:
    """A JPEG that does not compress to nothing, as photos do not."""
    noise = random.Random(seed)
    across, down = width // grain, height // grain
    small = Image.frombytes("RGB", (across, down), noise.randbytes(across * down * 3))
    out = io.BytesIO()
    small.resize((width, height)).save(out, "JPEG", **{"quality": 85} | options)
    return out.getvalue()


def with_secrets(**options: Any) -> bytes:
    """A photo that says who took it, where, and more in a comment; on its side, as phones write them."""
    exif = Image.Exif()
    exif[Base.Make] = "Appareil de Jeanne"
    exif[Base.Orientation] = 6
    exif.get_ifd(0x8825).update({GPS.GPSLatitude: (43.0, 42.0, 0.0), GPS.GPSLatitudeRef: "N"})
    return photo(exif=exif, comment=b"chez Jeanne", **options)


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 60 000 by 60 000 points."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def announced(content: bytes, caption: str = "") -> dict[str, Any]:
    """What a need says of a photo."""
    return {"sha256": sha(content), "size": len(content), "caption": caption}
