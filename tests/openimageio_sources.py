"""Pictures in formats that OpenImageIO writes, and Pillow does not."""

import struct
import tempfile
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813

# By libjxl: 4 x 2 pixels, gray from 255 to 0 and alpha from 0 to 255. OpenImageIO writes no such.
GRAY_WITH_ALPHA_JXL = bytes.fromhex(
    "ff0a0870b0286e040800100070004b188b15c2096cdcf0d7050e000800529122854a2aa7e6952bbe7f17"
)
# By cjxl 0.7: three frames of 40 x 30 pixels, red, green, blue.
MOVING_JXL = bytes.fromhex(
    "ff0ae830c100028a4b0208029209000064004b188b1500d4196330262f10010020050a8020817f3feb361a"
    "08029209000050004b188b15805df2ff0211006c662e0cf87f3df403080292050044004b188b15805df8ff"
    "021100c07b4ed8fb03"
)


def write(suffix, pixels, kind=None, *, names=(), display=None, offset=(0, 0), tile=0, **told):
    """A file of pixels of shape (H, W, C); kind is the type of the samples in the file.

    Names are of the channels; display is left, top, width and height of the window that is shown,
    offset where pixels lie; what is told has ``__`` for a colon.
    """
    height, width, n_channels = pixels.shape
    kind = kind or {"float32": "float"}.get(str(pixels.dtype), str(pixels.dtype))
    spec = oiio.ImageSpec(width, height, n_channels, kind)
    if names:
        spec.channelnames = names
    spec.x, spec.y = offset
    spec.tile_width = spec.tile_height = tile
    if display:
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = display
    for name, value in told.items():
        if isinstance(value, bytes):
            kind_of_bytes = oiio.TypeDesc(f"uint8[{len(value)}]")
            spec.attribute(name, kind_of_bytes, np.frombuffer(value, np.uint8))
        elif isinstance(value, tuple) and isinstance(value[0], int):
            spec.attribute(name, oiio.TypeDesc(f"int[{len(value)}]"), value)
        elif isinstance(value, tuple):
            spec.attribute(name.replace("__", ":"), oiio.TypeDesc(f"float[{len(value)}]"), value)
        else:
            spec.attribute(name.replace("__", ":"), value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"picture{suffix}")
        output = oiio.ImageOutput.create(str(path))
        assert output.open(str(path), spec), output.geterror()
        assert output.write_image(pixels), output.geterror()
        output.close()
        return path.read_bytes()


def write_pages(*pages):
    """A TIFF of pages of shape (H, W, C)."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "picture.tif"))
        output = oiio.ImageOutput.create(path)
        kinds = [{"float32": "float"}.get(str(page.dtype), str(page.dtype)) for page in pages]
        specs = [
            oiio.ImageSpec(page.shape[1], page.shape[0], page.shape[2], kind)
            for page, kind in zip(pages, kinds, strict=True)
        ]
        assert output.open(path, tuple(specs)), output.geterror()
        for number, page in enumerate(pages):
            assert number == 0 or output.open(path, specs[number], "AppendSubimage")
            assert output.write_image(page)
        output.close()
        return Path(path).read_bytes()


def bits_of(values, bits):
    """Whole numbers side by side, the highest bit first, as TIFF packs those that fill no byte."""
    text = "".join(f"{value:0{bits}b}" for value in values)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8)


def packed_tiff(width, height, n_channels, bits, strip, *, photometric, order="<", big=False):
    """A TIFF of one strip, as it is given; BigTIFF, too."""
    tags = {
        256: width,
        257: height,
        258: bits,
        259: 1,
        262: photometric,
        273: 0,  # where the strip stands, known below
        277: n_channels,
        278: height,
        279: len(strip),
    }
    offset, count, entry = ("Q", "Q", "HHQQ") if big else ("I", "H", "HHII")
    begin = 16 if big else 8
    tags[273] = begin + struct.calcsize(f"<{count}") + 20 * len(tags) + 8
    found = struct.pack(order + count, len(tags))
    for tag, value in tags.items():
        found += struct.pack(order + entry, tag, 16 if big else 4, 1, value)
    found += struct.pack(order + offset, 0)
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}H", 43 if big else 42)
    head += struct.pack(f"{order}HHQ", 8, 0, 16) if big else struct.pack(f"{order}I", 8)
    return (head + found).ljust(tags[273], b"\0") + strip


def deep_exr():
    """An EXR each of whose pixels holds a sample of its own depth."""
    spec = oiio.ImageSpec(2, 1, 4, "half")
    spec.channelnames = ("R", "G", "B", "A")
    spec.deep = True
    data = oiio.DeepData()
    data.init(2, 4, [oiio.TypeHalf] * 4, ("R", "G", "B", "A"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "deep.exr")
        output = oiio.ImageOutput.create(str(path))
        assert output.open(str(path), spec), output.geterror()
        assert output.write_deep_image(data), output.geterror()
        output.close()
        return path.read_bytes()


def ramp(n_channels=3, width=4):
    """Light from 0 to 1 along a row, another way in each channel."""
    row = np.linspace(0, 1, width, dtype=np.float32)
    planes = [row, row[::-1], row * 0 + 0.5, row * 0 + 0.5][:n_channels]
    return np.dstack([np.tile(plane, (3, 1)) for plane in planes])
