"""The demo's pictures: five photo-like scenes computed with numpy, none shipped as a file.

Scenes are painted from back to front on float32 arrays (3, H, W), sRGB from 0 to 1, by ``+ - * /``,
square roots and uniform random numbers alone: IEEE 754 rounds these alike everywhere, while ``sin``
and ``exp`` differ between processors. Bare numbers (pixels, shares) are a painter's, found by eye.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]  # float32 throughout
Ink = Floats | str  # a picture, or one color for all of it as a hexadecimal code
Ellipse = tuple[float, float, float, float]  # row and column of its center, its two radii
Skin = tuple[Ink, Ink, Floats]  # two inks, mixed by a texture (H, W) from 0 to 1
Rng = np.random.Generator
LANDSCAPE = (480, 640)  # H, W


def draw_samples() -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield name and sRGB pixels, uint8 (H, W, 3), of each picture; the same on every call."""
    seeds = {lake_at_dusk: 11, pebbles: 12, fruit: 13, meadow: 14, neon: 15}
    for paint, seed in seeds.items():
        rng = np.random.default_rng(seed)
        yield paint.__name__, _develop(paint(rng), rng)


def lake_at_dusk(rng: Rng) -> Floats:
    """Paint mountain ridges in the haze and their reflection in a lake."""
    y, _ = _axes(LANDSCAPE)
    sky = _blend(_blend("27325c", "c27b8e", _step(0, 215, y)), "f6b26b", _step(120, 300, y))
    clouds = 0.85 * _step(0.5, 0.8, _noise(rng, LANDSCAPE, (26, 170), 6))
    scene = _blend(sky, _blend("5b4a74", "ffc49a", _step(30, 190, y)), clouds)
    _paint_spot(scene, (228, 418, 130, 330), "fff0c4", 0.95, 0)
    _paint_ridge(scene, rng, 262, 130, 210, "a9748c", "e0a08e")
    _paint_ridge(scene, rng, 280, 120, 150, "7d5d80", "e0a08e")
    _paint_ridge(scene, rng, 292, 90, 120, "54486f", "d0958e")
    _paint_ridge(scene, rng, 306, 62, 90, "23243f", "7d5a78")
    return _flood(scene, rng, 300, 0.2, "231f45")


def pebbles(rng: Rng) -> Floats:
    """Paint a beach of rounded stones, small ones below, large ones on top."""
    speckles = _noise(rng, LANDSCAPE, (16, 16), 5)
    scene = _blend("2b2622", "5d5247", speckles)
    tones = ("8d8a86", "b9b2a6", "6a6f78", "a5876b", "d8d0c2", "8a5647", "55585c", "c3a98a")
    for n_stones, size in ((420, 22), (130, 34), (36, 52)):
        for down, right, tall, wide, turn, kind in rng.random((n_stones, 6)).tolist():
            v, u, tone = down * 480, right * 640, _color(tones[int(kind * len(tones))])
            stone = (v, u, size * (0.6 + 0.4 * tall), size * (0.85 + 0.5 * wide))
            _paint_spot(scene, (v + 6, u + 5, 1.2 * size, 1.5 * size), "000000", 0.65)
            _paint_ball(scene, stone, (0.6 * tone, 1.2 * tone, speckles), 0.12, 2 * turn - 1)
    return scene


def fruit(rng: Rng) -> Floats:
    """Paint fruit on a wooden table before a wall."""
    y, _ = _axes(LANDSCAPE)
    wall = _noise(rng, LANDSCAPE, (120, 120), 5)
    table = _blend("5e371e", "b8834f", _noise(rng, LANDSCAPE, (7, 260), 5)) * (0.53 + 0.0009 * y)
    scene = _blend(_blend("4f5e5b", "71827e", wall), table, np.clip(y - 250, 0, 1))
    _paint_spot(scene, (60, 130, 230, 480), "b4c4b8", 0.35, 0)
    pores, streaks = _noise(rng, LANDSCAPE, (6, 6), 3), _noise(rng, LANDSCAPE, (60, 9), 4)
    for down, right, tall, wide, skin, gloss in (
        (222, 420, 84, 88, ("8f1a1c", "dd5a3c", streaks), 0.5),
        (240, 250, 82, 82, ("d9700f", "f39a2b", pores), 0.35),
        (280, 105, 70, 74, ("6f9a24", "b7cf57", streaks), 0.45),
        (330, 345, 58, 78, ("dcb21a", "f7df58", pores), 0.3),
        (318, 528, 56, 58, ("3a1f4d", "6d4584", wall), 0.35),
        (372, 205, 52, 56, ("4a1c3d", "8a4062", wall), 0.35),
    ):
        foot, top = down + 0.86 * tall, down - 0.84 * tall
        _paint_spot(scene, (foot, right + 0.45 * wide, 0.48 * tall, 1.8 * wide), "120a05", 0.6)
        _paint_spot(scene, (foot, right + 4, 0.22 * tall, 1.05 * wide), "120a05", 0.7)
        _paint_ball(scene, (down, right, tall, wide), skin, gloss)
        if skin[2] is streaks:  # an apple: a hollow and a stem
            _paint_spot(scene, (top, right, 0.14 * tall, 0.42 * wide), "120a05", 0.7)
            _paint_ball(scene, (top - 11, right + 3, 17, 3), ("3b2a18", "7a5c38", pores), 0, 0.2)
    return scene


def meadow(rng: Rng) -> Floats:
    """Paint flowers in high grass under summer clouds."""
    y, _ = _axes(LANDSCAPE)
    air = _noise(rng, (494, 640), (80, 150), 7)
    clouds, above = air[14:], air[:-14]
    white = _blend("a9b4c6", "ffffff", _step(-0.16, 0.12, clouds - above))  # bright on upper sides
    scene = _blend(_blend("3f7fc4", "cfe3ee", _step(-40, 235, y)), white, _step(0.46, 0.66, clouds))
    _paint_ridge(scene, rng, 225, 45, 200, "7f9fae", "b9cbcb")
    _paint_ridge(scene, rng, 236, 30, 120, "5d8268", "a3b794")
    _paint_ridge(scene, rng, 246, 26, 22, "2f5230", "6f8f45")
    grass = _blend("6f9a3a", "b5c25a", _noise(rng, LANDSCAPE, (22, 120), 5))
    scene = _blend(scene, grass * (1 - 0.6 * _step(240, 480, y)), np.clip(y - 243, 0, 1))
    tints = ("d8281e", "e8402a", "f4f1e6", "f2c531", "6a6fd8")
    for near in [band / 24 for band in range(1, 25)]:  # bands of grass and flowers, far to near
        root = 244 + 300 * near * (0.35 + 0.65 * near)
        _paint_blades(scene, rng, root, near)
        for down, right, size, kind in rng.random((14, 4)).tolist():
            v, u, tint = root - (2 + 64 * near) * (0.5 + down), 640 * right, tints[int(5 * kind)]
            radius = (0.8 + 8 * near * near) * (0.7 + 0.6 * size)
            for turn in (0, 0.8, -0.8):  # two petals each
                _paint_ball(scene, (v, u, 0.4 * radius, radius), (tint, tint, clouds), 0, turn)
            _paint_ball(scene, (v, u, 0.3 * radius, 0.4 * radius), ("3a2a10", "d8a020", clouds), 0)
    return scene


def neon(rng: Rng) -> Floats:
    """Paint a neon sign and street lights out of focus over a wet street, portrait."""
    shape, street = (640, 480), 455
    y, x = _axes(shape)
    light = _blend("05060f", "1d1a3a", _noise(rng, shape, (150, 150), 5))
    tints = ("ff2d6f", "ff9a3c", "25c8ff", "8a4dff", "ffd27a", "2affa0", "ff4438")
    for up, right, size, kind, power in rng.random((90, 5)).tolist():
        lamp = (street - 8 - 220 * up * up, right * 480, 6 + 22 * size, 6 + 22 * size)
        _paint_spot(light, lamp, tints[int(kind * len(tints))], 0.15 + 0.6 * power * power, 0.85)
    # Squared distances to two tubes: a ring, and a glass of four strokes, its right half mirrored.
    v, u = y - 160, np.abs(x - 240)
    ring = (np.sqrt(v**2 + u**2) - 115) ** 2
    glass: Floats = ring + 1e6
    for v0, u0, dv, du in ((-48, 0, 0, 58), (-48, 58, 58, -58), (10, 0, 56, 0), (66, 0, 0, 30)):
        t = np.clip(((v - v0) * dv + (u - u0) * du) / (dv * dv + du * du), 0, 1)
        glass = np.minimum(glass, (v - v0 - t * dv) ** 2 + (u - u0 - t * du) ** 2)
    for squared, code in ((ring, "ff2a86"), (glass, "20d5ff")):
        tube = 3 / (1 + squared / 7) ** 2
        light += _color(code) * (1 / (1 + squared / 160) + tube) + 0.35 * tube
    light = _flood(light, rng, street, 1.1, "030308")
    return 1.35 * light / (0.5 + light)  # as film does: the brightest lights turn white


def _axes(shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return pixel coordinates y of shape (H, 1) and x of shape (1, W)."""
    y, x = (np.arange(size, dtype=np.float32) for size in shape[-2:])
    return y[:, None], x[None]


def _color(ink: Ink) -> Floats:
    """Turn a hexadecimal code into an array of shape (3, 1, 1)."""
    if isinstance(ink, str):
        return np.array(list(bytes.fromhex(ink)), np.float32).reshape(3, 1, 1) / 255
    return ink


def _blend(below: Ink, above: Ink, alpha: Floats) -> Floats:
    """Lay one ink over another; alpha 0 keeps the lower, 1 the upper."""
    return _color(below) + (_color(above) - _color(below)) * alpha


def _step(start: float, stop: float, values: Floats) -> Floats:
    """Rise smoothly from 0 at `start` to 1 at `stop`."""
    t: Floats = np.clip((values - start) / (stop - start), 0, 1)
    return t * t * (3 - 2 * t)


def _noise(rng: Rng, shape: tuple[int, int], cell: tuple[int, int], n_octaves: int) -> Floats:
    """Draw fractal value noise, 0 to 1: each octave half as large and half as strong."""
    total: Floats = np.zeros(shape, np.float32)
    for scale in [0.5**octave for octave in range(n_octaves)]:
        sides = [(n, side * scale) for n, side in zip(shape, cell, strict=True)]
        values: Floats = rng.random([int(n / side) + 3 for n, side in sides], np.float32)
        for n, side in sides:  # quadratic B-splines, rows then columns: the lattice cannot be seen
            left, t = np.divmod(np.arange(n, dtype=np.float32)[:, None] / side, 1)
            a, b, c = (values[left[:, 0].astype(np.intp) + i] for i in range(3))
            values = (a * (0.5 * (1 - t) ** 2) + b * (0.75 - (t - 0.5) ** 2) + c * (0.5 * t**2)).T
        total += scale * values
    total -= total.min()
    total /= total.max()
    return total


def _flood(scene: Floats, rng: Rng, shore: int, swell: float, ink: str) -> Floats:
    """Put what is below row `shore` under water, which mirrors what is above."""
    y, x = _axes(scene.shape)
    depth = np.maximum(y - shore, 0)
    waves = _noise(rng, (y.size, x.size), (9, 90), 4) - 0.5
    mirrored = np.clip(2 * shore - 1 - y + waves * (10 + swell * depth), 0, shore - 1)
    rows = np.where(y < shore, y, mirrored).astype(np.intp)
    murk = _step(0, 4, depth) * (0.25 + 0.0015 * depth + 0.4 * waves)
    return _blend(scene[:, rows, x.astype(np.intp)], ink, murk)


def _paint_ridge(scene: Floats, rng: Rng, crest: int, rise: int, cell: int, *inks: str) -> None:
    """Paint hills up to `rise` above row `crest`; inks: the rock and the haze at its foot."""
    y, x = _axes(scene.shape)
    outline = crest - rise * _noise(rng, (1, x.size), (1, cell), 7)
    rock = _color(inks[0]) * (0.82 + 0.36 * _noise(rng, (y.size, x.size), (16, 16), 4))
    hills = _blend(rock, inks[1], 0.6 * _step(crest - rise, crest + 35, y))
    scene[:] = _blend(scene, hills, np.clip(y - outline, 0, 1))


def _patch(scene: Floats, ellipse: Ellipse) -> tuple[slice, slice, Floats, Floats]:
    """Return the rows and columns an ellipse may touch, and their offsets from its center."""
    reach = max(ellipse[2:]) + 1
    rows, columns = (slice(max(int(c - reach), 0), max(int(c + reach), 0)) for c in ellipse[:2])
    y, x = _axes(scene.shape)
    return rows, columns, y[rows] - ellipse[0], x[:, columns] - ellipse[1]


def _paint_spot(scene: Floats, spot: Ellipse, ink: str, alpha: float, core: float = 0.15) -> None:
    """Tint an ellipse by `alpha`, fading to its rim from a `core` share of its area."""
    rows, columns, v, u = _patch(scene, spot)
    cover = alpha * _step(1, core, (v / spot[2]) ** 2 + (u / spot[3]) ** 2)
    scene[:, rows, columns] = _blend(scene[:, rows, columns], ink, cover)


def _paint_ball(scene: Floats, ball: Ellipse, skin: Skin, gloss: float, sine: float = 0) -> None:
    """Paint an ellipsoid, turned by `sine`, lit from everywhere, by a lamp and by the ground."""
    rows, columns, v, u = _patch(scene, ball)
    cosine = math.sqrt(1 - sine * sine)
    a, b = (v * cosine - u * sine) / ball[2], (v * sine + u * cosine) / ball[3]
    squared = a * a + b * b
    down, right = a * cosine + b * sine, b * cosine - a * sine
    toward = np.sqrt(np.maximum(1 - squared, 0))
    lamp = 0.64 * toward - 0.6 * down - 0.48 * right  # a unit vector: in front, above and left
    light = 0.3 + 0.85 * np.maximum(lamp, 0) + 0.18 * np.maximum(down, 0) * toward
    shine = _step(0.87, 1, (lamp + toward) / 1.81) ** 2  # facing halfway between lamp and eye
    lit = _blend(skin[0], skin[1], skin[2][rows, columns]) * light + gloss * shine
    cover = np.clip((1 - np.sqrt(squared)) * min(ball[2:]) + 0.5, 0, 1)
    scene[:, rows, columns] = _blend(scene[:, rows, columns], lit, cover)


def _paint_blades(scene: Floats, rng: Rng, root: float, near: float) -> None:
    """Paint a band of bent blades of grass, dark at the root; `near` from 0 to 1."""
    length = 6 + 74 * near
    t = _axes((1, int(1.6 * length)))[1] / int(1.6 * length)  # root to tip, below a pixel a step
    down, right, tall, bend, hue = rng.random((5, 700, 1), np.float32)
    rows = root + (2 + 12 * near) * down - length * (0.4 + 0.6 * tall) * t
    columns = LANDSCAPE[1] * right + length * (bend - 0.5) * t * t
    blades = _blend("3c6a1f", "b9c94f", hue * (0.3 + 0.7 * t)) * (0.45 + 0.55 * t)
    seen = rows < LANDSCAPE[0]
    v, u = rows[seen].astype(np.intp), columns[seen].astype(np.intp)
    for thickness in range(1 + int(length / 40)):
        scene[:, v, (u + thickness) % LANDSCAPE[1]] = blades[:, seen]


def _develop(scene: Floats, rng: Rng) -> NDArray[np.uint8]:
    """Add film grain, half of it gray, and round to (H, W, 3) uint8."""
    grain = rng.random(scene.shape, np.float32) + rng.random(scene.shape[1:], np.float32) - 1
    exposed = np.clip(scene + 0.035 * grain, 0, 1)
    return np.ascontiguousarray(np.moveaxis(255 * exposed + 0.5, 0, -1).astype(np.uint8))
