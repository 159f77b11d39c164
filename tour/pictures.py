"""Pictures from outside, made anew: upright, smaller, and nothing but the picture (no EXIF, position, comment or profile).

Dimensions are read from the header before anything is decoded. Small pictures are decoded here; large ones in a
process apart, a few at a time.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

from PIL import ExifTags, Image

from tour.apart import AT_ONCE, TooHeavy, apart
from tour.errors import UserError
from tour.i18n import gettext as _

FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 1600
MOST_PIXELS = 25_000_000  # of a format that must be decoded whole
MOST_JPEG_PIXELS = 150_000_000  # a JPEG is decoded at half, a quarter or an eighth of its size
FEW_PIXELS = 6_000_000  # what a tablet sends; decoded in this process
MEMORY_MB, SECONDS = 450, 30
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Unusable(UserError):
    """What was sent is no picture that can be shown; sending it again will not help."""


def made_anew(content: bytes, sizes: tuple[tuple[int, int], ...]) -> list[tuple[bytes, int, int]]:
    """The picture as JPEG files with their width and height, one for each (longest side, quality). Raises Unusable."""
    return wherever(write_jpegs, content, sizes)


def cleaned(content: bytes, longest: int) -> tuple[bytes, str]:
    """The picture in the format it came in, and that format's media type. Raises Unusable."""
    return wherever(write_as_it_came, content, longest)


def wherever(work: Any, content: bytes, how: Any) -> Any:
    """Here when the picture is small, else apart."""
    if points_of(content) <= FEW_PIXELS:
        with AT_ONCE:
            return work(content, how)
    try:
        return apart(work, content, how, memory_mb=MEMORY_MB, seconds=SECONDS)
    except TooHeavy as error:
        raise Unusable(
            _("Cette photo est trop grande pour être ouverte : envoyez-la en plus petit.")
        ) from error
    except UserError as error:
        raise Unusable(error.message) from error


def points_of(content: bytes) -> int:
    """How many points the header says. Raises Unusable when it is no picture, or has more than we open."""
    with opened(content) as image:
        return image.width * image.height


def opened(content: bytes) -> Image.Image:
    """The picture, its header read and judged and nothing decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise too_many_points(MOST_JPEG_PIXELS) from error
    except Exception as error:  # whatever a decoder says of bytes made to harm it
        raise Unusable(_("Ce fichier n’est pas une photo lisible.")) from error
    most = MOST_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MOST_PIXELS
    if image.width * image.height > most:
        raise too_many_points(most)
    return image


def too_many_points(most: int) -> Unusable:
    return Unusable(
        _(
            "Cette photo a trop de points : %(most)s millions au plus dans ce format.",
            most=most // 1_000_000,
        )
    )


def write_jpegs(content: bytes, sizes: tuple[tuple[int, int], ...]) -> list[tuple[bytes, int, int]]:
    picture = read_picture(content)
    files = []
    for longest, quality in sizes:
        made = picture.copy()
        made.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        written = io.BytesIO()
        made.save(written, "JPEG", quality=quality, optimize=True, progressive=True)
        files.append((written.getvalue(), made.width, made.height))
    return files


def write_as_it_came(content: bytes, longest: int) -> tuple[bytes, str]:
    with opened(content) as image:
        kind = "JPEG" if image.format == "MPO" else str(image.format)
    picture = read_picture(content) if kind == "JPEG" else decoded(content)
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    picture.save(written, kind, **({"optimize": True} if kind == "PNG" else {"quality": 85}))
    return written.getvalue(), f"image/{kind.lower()}"


def read_picture(content: bytes) -> Image.Image:
    """The picture in colours, upright, at most some twice as large as we show. Raises Unusable."""
    picture = decoded(content)
    if picture.mode != "RGBA":
        return picture
    clean = Image.new("RGB", picture.size, "white")
    clean.paste(picture, mask=picture)
    return clean


def decoded(content: bytes) -> Image.Image:
    """The picture as RGB, or RGBA when something shows through; made smaller before anything else is done to it."""
    with opened(content) as image:
        try:
            image.draft("RGB", shown_size(image))
            turn = orientation(image)
            image.load()
            small = in_colours(made_smaller(image))
            small.info.clear()
            return small.transpose(turn) if turn is not None else small
        except Exception as error:  # see above
            raise Unusable(_("Ce fichier n’est pas une photo lisible.")) from error


def shown_size(image: Image.Image) -> tuple[int, int]:
    scale = min(1.0, LONGEST_SIDE / max(image.size))
    return max(1, int(image.width * scale)), max(1, int(image.height * scale))


def orientation(image: Image.Image) -> Image.Transpose | None:
    """How to turn the picture upright; EXIF that does not read turns nothing."""
    try:
        return UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a good photo may have bad EXIF
        return None


def made_smaller(image: Image.Image) -> Image.Image:
    """By whole steps, while it is still in its own mode: a copy in colours would take four bytes a point."""
    if image.mode.startswith("I"):  # grey in 16 bits: converting would cut all above 255 off
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    steps = max(image.size) // (2 * LONGEST_SIDE)
    if steps < 2 or image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
        return image
    return image.reduce(steps)


def in_colours(image: Image.Image) -> Image.Image:
    through = image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info
    return image.convert("RGBA" if through else "RGB")
