"""Photos and scans, decoded to the last row: a half photo is not evidence."""

import warnings
from pathlib import Path
from typing import Final

from PIL import Image, UnidentifiedImageError

from api.inspection.findings import Bad, Opened

PIXELS: Final = 60_000_000
"""The most that is decoded in full."""
JPEG_PIXELS: Final = 300_000_000
"""A JPEG is decoded at an eighth of its size, so the largest phone's photo costs little."""
_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}


def look(path: Path, media_type: str) -> Opened:
    """Decode a JPEG, PNG, WebP or HEIC. Raises Bad("corrupt") for what does not decode, or is a bomb."""
    if media_type == "image/heic":
        _register_heif()
    Image.MAX_IMAGE_PIXELS = JPEG_PIXELS if media_type == "image/jpeg" else PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=[_FORMATS[media_type]]) as picture:
                if media_type == "image/jpeg":
                    picture.draft("RGB", (1, 1))
                picture.load()
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
            raise Bad("corrupt") from error
        except (UnidentifiedImageError, Image.DecompressionBombWarning) as error:
            raise Bad("corrupt") from error
    return Opened(media_type)


def _register_heif() -> None:
    import pi_heif

    pi_heif.options.DECODE_THREADS = 1
    pi_heif.register_heif_opener()
