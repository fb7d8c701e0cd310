"""Images without what a camera or a program wrote beside them: where, when, with what, by whom."""

from contextlib import suppress
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO

from app.domain.errors import Invalid
from app.domain.evidence import JPEG

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 50_000_000  # a telephone's best; decoded, 200 MB

_KEPT = ("icc_profile", "transparency")


def without_metadata(file: BinaryIO, media_type: str) -> BinaryIO:
    """The same image, in the same orientation and colours, in a temporary file that the caller closes.

    Args:
        media_type: PNG, JPEG or WebP. A JPEG keeps its own quantisation, so that it loses next to nothing.

    Raises:
        Invalid: `image_unreadable`, `image_too_large`, `image_animated`.
    """
    from PIL import Image  # noqa: PLC0415 - three megabytes that most processes never need

    Image.MAX_IMAGE_PIXELS = None  # an image is refused by our limit, by its size and before it is decoded
    file.seek(0)
    kind = media_type.removeprefix("image/").upper()
    try:
        with Image.open(file, formats=[kind]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Invalid(f"The image has more than {MOST_PIXELS:,} pixels.", code="image_too_large")
            if media_type != JPEG and getattr(image, "n_frames", 1) > 1:
                raise Invalid("Animated images are not taken.", code="image_animated")
            return _saved(image, kind, _options(image))
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError) as error:
        raise Invalid("The image cannot be read.", code="image_unreadable") from error


def _options(image: "Image.Image") -> dict[str, Any]:
    """What the image is saved with: nothing of what it says of itself but its orientation."""
    from PIL import ExifTags, Image, JpegImagePlugin  # noqa: PLC0415 - for the same reason

    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    bare = Image.Exif()
    if orientation in range(2, 9):
        bare[ExifTags.Base.Orientation] = orientation
    options: dict[str, Any] = {"exif": bare} if bare else {}
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        options |= {"qtables": image.quantization, "subsampling": JpegImagePlugin.get_sampling(image)}
    return options | {"quality": 90} if image.format == "WEBP" else options


def _saved(image: "Image.Image", kind: str, options: dict[str, Any]) -> BinaryIO:
    image.load()
    image.info = {key: image.info[key] for key in _KEPT if key in image.info}
    options |= {key: value for key, value in image.info.items() if key == "icc_profile"}
    out = TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        image.save(out, format=kind, **options)
    except BaseException:
        with suppress(OSError):
            out.close()
        raise
    return out
