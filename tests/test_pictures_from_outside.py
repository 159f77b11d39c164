"""Pictures from outside take so much memory and no more, and good ones are opened whatever a phone made of them."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import Base

from tests.examples import examples
from tests.field.pictures import bomb, photo
from tour import pictures
from tour.pictures import Unusable, cleaned, made_anew, read_picture

SIZES = ((1600, 86), (360, 78))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)  # type: ignore[arg-type]
    return written.getvalue()


def of_one_colour(width: int, height: int, kind: str, **options: object) -> bytes:
    return encoded(Image.new("RGB", (width, height), (9, 99, 140)), kind, **options)


def peak_mb(content: bytes, folder: Path) -> tuple[str, float]:
    """What became of it, and the most memory it took: in the process that was asked, and in those it started."""
    path = folder / "picture"
    path.write_bytes(content)
    code = (
        "import resource, sys\n"
        "from tour.pictures import made_anew, Unusable\n"
        "try: said = str([p[1:] for p in made_anew(open(sys.argv[1], 'rb').read(), ((1600, 86),))])\n"
        "except Unusable as error: said = error.message\n"
        "here = [int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM')]\n"
        "print(max(*here, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss), said)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    most, _space, said = done.stdout.strip().partition(" ")
    return said, int(most) / 1000


linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@linux
def test_fifty_megapixels_in_a_few_kilobytes_are_refused_by_their_header(tmp_path: Path) -> None:
    content = of_one_colour(10_000, 5_000, "WEBP")
    assert len(content) < 100_000
    said, most = peak_mb(content, tmp_path)
    assert "25 millions au plus" in said
    assert most < 120


@linux
@pytest.mark.parametrize(
    ("content", "size"),
    [
        (of_one_colour(15_000, 3_800, "JPEG"), (1600, 405)),  # a panorama of 57 megapixels
        (of_one_colour(15_000, 3_800, "JPEG", progressive=True), (1600, 405)),
        (of_one_colour(6_000, 4_000, "WEBP"), (1600, 1067)),
        (of_one_colour(6_000, 4_000, "PNG"), (1600, 1067)),
    ],
    ids=["panorama", "progressive panorama", "webp", "png"],
)
def test_what_phones_make_is_opened_within_the_bound(
    content: bytes, size: tuple[int, int], tmp_path: Path
) -> None:
    said, most = peak_mb(content, tmp_path)
    assert said == str([size])
    assert most < pictures.MEMORY_MB + 100


@linux
def test_more_memory_than_there_is_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MEMORY_MB", 40)
    with pytest.raises(Unusable):
        made_anew(of_one_colour(6_000, 4_000, "WEBP"), SIZES)


def test_large_pictures_are_decoded_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "decoded", None)  # not here
    assert made_anew(of_one_colour(4_000, 3_000, "JPEG"), SIZES)[0][1:] == (1600, 1200)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("size", [(6_000, 5_000), (25_000_001, 1)])
def test_too_many_points_are_said(kind: str, size: tuple[int, int]) -> None:
    if kind == "WEBP" and max(size) > 16_383:
        pytest.skip("WebP has no such sides")
    with pytest.raises(Unusable, match="25 millions"):
        made_anew(of_one_colour(*size, kind), SIZES)


def test_a_bomb_is_refused() -> None:
    with pytest.raises(Unusable, match="points"):
        made_anew(bomb(), SIZES)


def test_grey_in_sixteen_bits_keeps_its_greys() -> None:
    row = struct.pack("<80H", *[10_000] * 40, *[50_000] * 40)
    left_and_right = Image.frombytes("I;16", (80, 40), row * 40)
    seen = read_picture(encoded(left_and_right, "PNG"))
    assert [seen.getpixel((x, 20))[0] for x in (10, 70)] == [39, 195]  # type: ignore[index]


def test_a_good_photo_with_odd_exif_is_a_good_photo() -> None:
    whole = photo(64, 48)
    for exif in (
        b"Exif\0\0" + b"MM\0\x2a\0\0\0\x08\xff\xff" + bytes(40),
        b"Exif\0\0" + b"II\x2a\0\xff\xff\xff\xff",
        b"Exif\0\0garbage",
    ):
        odd = whole[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + whole[2:]
        assert read_picture(odd).size == (64, 48)
    # Turned on its side, and a resolution that is a text: writing that again is what fails.
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack(
        "<HHI4s", 0x011A, 2, 4, b"abc"
    )
    exif = b"Exif\0\0II\x2a\0\x08\0\0\0" + struct.pack("<H", 2) + entries + bytes(4)
    assert made_anew(photo(64, 48, exif=exif), SIZES)[0][1:] == (48, 64)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photo_stands_upright(turn: int) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = turn
    seen = read_picture(photo(64, 48, exif=exif))
    assert seen.size == ((48, 64) if turn > 4 else (64, 48))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_shows_through_is_white_on_a_photo_and_stays_on_a_picture(kind: str) -> None:
    content = encoded(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), kind, lossless=True)
    assert read_picture(content).getpixel((3, 3)) == (255, 255, 255)
    kept, media_type = cleaned(content, 1200)
    assert media_type == f"image/{kind.lower()}"
    assert Image.open(io.BytesIO(kept)).convert("RGBA").getpixel((3, 3))[3] == 0  # type: ignore[index]


JPEG, PNG, WEBP = (of_one_colour(40, 30, kind) for kind in ("JPEG", "PNG", "WEBP"))


@settings(max_examples=examples(300), deadline=None)
@given(
    content=st.sampled_from([JPEG, PNG, WEBP]),
    at=st.integers(0, 400),
    junk=st.binary(max_size=12),
    cut=st.booleans(),
)
def test_no_bytes_raise_anything_else(content: bytes, at: int, junk: bytes, cut: bool) -> None:
    at = min(at, len(content))
    broken = content[:at] + junk + (b"" if cut else content[at + len(junk) :])
    for read in (lambda: made_anew(broken, SIZES), lambda: cleaned(broken, 1200)):
        try:
            read()
        except Unusable:
            continue
