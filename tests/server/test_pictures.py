"""A picture that is shown gives away nothing but what can be seen in it: no position, no day, no camera."""

import struct
from io import BytesIO

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD

from server.people.files import picture_kind
from server.people.pictures import as_seen
from sync.core.problem import Problem
from tests.server.files import a_picture

SECRETS = (b"Camera of a worker", b"Exif", b"EXIF", b"eXIf", b"GPS", b"written beside it", b"adobe", b"XMP")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_a_camera_wrote_is_gone_and_the_picture_is_the_same(kind):
    sent = a_picture(kind)
    if kind != "GIF":
        where = Image.open(BytesIO(sent)).getexif().get_ifd(IFD.GPSInfo)
        assert where[GPS.GPSLatitude] == (13.0, 6.0, 30.0), "the picture that was sent tells a position"

    shown = as_seen(sent, picture_kind(sent))

    assert picture_kind(shown) == f"image/{kind.lower()}"
    picture = Image.open(BytesIO(shown))
    assert not picture.getexif()
    assert not any(secret in shown for secret in SECRETS)
    assert picture.size == (48, 32), "lying on its side in the file, it stands as it was taken"
    red, _, blue = picture.convert("RGB").getpixel((2, 16))
    assert (red > 200, blue > 200) == (True, False)
    red, _, blue = picture.convert("RGB").getpixel((45, 16))
    assert (red > 200, blue > 200) == (False, True)


@pytest.mark.parametrize("sent", ["cut off", "endless", "nothing"])
def test_what_cannot_be_painted_anew_is_not_shown(sent):
    whole = a_picture("PNG")
    content = {
        "cut off": a_picture("JPEG")[:200],
        "endless": whole[:16] + struct.pack(">II", 60_000, 60_000) + whole[24:],
        "nothing": whole[:8],
    }[sent]
    with pytest.raises(Problem) as problem:
        as_seen(content, picture_kind(content))
    assert problem.value.code == "attachment.picture_unreadable"
