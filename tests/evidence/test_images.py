"""Images are kept without what was written beside them, as they look, and never larger than can be borne."""

import hashlib
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from app.domain.errors import Invalid
from app.domain.evidence import media_type_of
from app.integrations.images import MOST_PIXELS, without_metadata
from tests.evidence.sending import content_of, kept
from tests.given import Api

SECRETS = (b"GPS-52.63", b"Canon", b"Ada", b"photoshop", b"xpacket", b"Comment of a camera", b"A key of text")


def picture(*, width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture whose every corner has its own colour."""
    image = Image.new("RGB", (width, height), "white")
    for box, colour in (((0, 0), "red"), ((width // 2, 0), "green"), ((0, height // 2), "blue")):
        image.paste(colour, (*box, box[0] + width // 2, box[1] + height // 2))
    return image.convert(mode)


def exif(orientation: int = 6) -> Image.Exif:
    """What a telephone writes."""
    told = Image.Exif()
    told[ExifTags.Base.Orientation] = orientation
    told[ExifTags.Base.Make] = "Canon"
    told[ExifTags.Base.Artist] = "Ada"
    told.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSAreaInformation] = b"GPS-52.63"
    return told


def written(kind: str, image: Image.Image | None = None, **more: Any) -> bytes:
    """A picture as a file, with everything that can be written beside it."""
    options: dict[str, Any] = {"exif": exif()}
    if kind == "JPEG":
        options |= {"comment": b"Comment of a camera", "xmp": b"<?xpacket photoshop?>", "quality": 92}
    elif kind == "PNG":
        told = PngInfo()
        told.add_text("A key of text", "photoshop")
        told.add_itxt("XML:com.adobe.xmp", "<?xpacket photoshop?>", zip=True)
        options |= {"pnginfo": told}
    else:
        options |= {"xmp": b"<?xpacket photoshop?>", "lossless": True}
    out = BytesIO()
    (image or picture()).save(out, kind, **options | more)
    return out.getvalue()


def upright(content: bytes) -> Image.Image:
    """The picture as it is looked at."""
    return ImageOps.exif_transpose(Image.open(BytesIO(content))).convert("RGB")


def cleaned(content: bytes, media_type: str) -> bytes:
    """The file without what was written beside the picture."""
    with without_metadata(BytesIO(content), media_type) as file:
        file.seek(0)
        return file.read()


async def test_a_picture_with_a_place_is_kept_without_it(provider: Api, provider_id: str) -> None:
    content = written("JPEG")
    told = await kept(provider, provider_id, content, media_type="image/jpeg")
    got = (await content_of(provider, told["id"])).content
    assert (told["size"], told["sha256"]) == (len(got), hashlib.sha256(got).hexdigest())
    assert told["sent_sha256"] == hashlib.sha256(content).hexdigest()
    assert b"GPS-52.63" not in got


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_place_camera_and_author_and_stays_upright(kind: str) -> None:
    content = written(kind)
    assert any(secret in content for secret in SECRETS)
    got = cleaned(content, f"image/{kind.lower()}")
    assert [secret for secret in SECRETS if secret in got] == []
    bare = Image.open(BytesIO(got))
    assert set(bare.getexif()) <= {ExifTags.Base.Orientation}
    assert bare.format == kind
    before, after = upright(content), upright(got)
    assert before.size == after.size == (48, 64)
    for at in ((4, 4), (44, 4), (4, 60), (44, 60)):
        pairs = zip(_pixel(before, at), _pixel(after, at), strict=True)
        assert all(abs(one - other) <= 6 for one, other in pairs)


def _pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return tuple(int(each) for each in found)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_is_kept_pixel_by_pixel(mode: str) -> None:
    image = picture(mode="L").convert("I").convert("I;16") if mode == "I;16" else picture(mode=mode)
    content = written("PNG", image, **({"transparency": 0} if mode == "P" else {}))
    after = Image.open(BytesIO(cleaned(content, "image/png")))
    assert (after.mode, after.convert("RGBA").tobytes()) == (
        mode,
        Image.open(BytesIO(content)).convert("RGBA").tobytes(),
    )


def test_a_jpeg_is_written_with_its_own_quantisation() -> None:
    content = written("JPEG", quality=71, subsampling=0)
    before, after = Image.open(BytesIO(content)), Image.open(BytesIO(cleaned(content, "image/jpeg")))
    assert before.quantization == after.quantization  # type: ignore[attr-defined]
    assert abs(len(cleaned(content, "image/jpeg")) - len(content)) < 1000


def test_what_hides_behind_the_end_of_a_picture_is_gone() -> None:
    hidden = b"PK\x03\x04 a whole archive"
    for kind in ("JPEG", "PNG"):
        assert hidden not in cleaned(written(kind) + hidden, f"image/{kind.lower()}")


def test_a_second_picture_in_the_same_file_is_gone_too() -> None:
    out = BytesIO()
    picture().save(out, "MPO", save_all=True, append_images=[picture()], exif=exif())
    got = cleaned(out.getvalue(), "image/jpeg")
    assert Image.open(BytesIO(got)).format == "JPEG"
    assert b"GPS-52.63" not in got


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (png_of(60_000, 60_000), "image_too_large"),
        (png_of(1, MOST_PIXELS + 1), "image_too_large"),
        (png_of(1000, 1000), "image_unreadable"),
        (png_of(0, 5), "image_unreadable"),
        (b"\x89PNG\r\n\x1a\n", "image_unreadable"),
        (b"\xff\xd8\xff\xe0 no picture", "image_unreadable"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 nothing of the kind", "image_unreadable"),
        (written("JPEG")[:-200], "image_unreadable"),
    ],
)
def test_what_is_no_picture_or_too_large_a_one_is_refused(content: bytes, expected: str) -> None:
    with pytest.raises(Invalid) as refused:
        cleaned(content, media_type_of(BytesIO(content)))
    assert refused.value.problem_code == expected


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused_and_not_cut_to_its_first_picture(kind: str) -> None:
    content = written(kind, save_all=True, append_images=[picture(mode="L").convert("RGB")], duration=100)
    with pytest.raises(Invalid) as refused:
        cleaned(content, f"image/{kind.lower()}")
    assert refused.value.problem_code == "image_animated"


def test_text_in_a_png_does_not_burst() -> None:
    told = PngInfo()
    told.add_text("bomb", "0" * 30_000_000, zip=True)
    out = BytesIO()
    picture().save(out, "PNG", pnginfo=told)
    assert len(out.getvalue()) < 100_000
    with pytest.raises(Invalid):
        cleaned(out.getvalue(), "image/png")
