"""Red, green, blue and white by their chromaticities → the matrix that leads to linear sRGB."""

from fractions import Fraction

Chromaticities = tuple[int, ...]
"""x and y of white, red, green and blue, in 1/100000, as the PNG chunk cHRM has them."""
Matrix = tuple[tuple[Fraction, ...], ...]
Vector = tuple[Fraction, ...]

SRGB_PRIMARIES: Chromaticities = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
MAX_OFF = 50  # of them, in 1/100000, rounded by whoever wrote them
# Cone responses in which Bradford adapts one white to another (ICC.1:2022, annex E).
BRADFORD: Matrix = (
    (Fraction(8951, 10_000), Fraction(2664, 10_000), Fraction(-1614, 10_000)),
    (Fraction(-7502, 10_000), Fraction(17_135, 10_000), Fraction(367, 10_000)),
    (Fraction(389, 10_000), Fraction(-685, 10_000), Fraction(10_296, 10_000)),
)


def are_of_srgb(primaries: Chromaticities) -> bool:
    """Tell whether chromaticities are those of sRGB, as far as they were rounded."""
    return all(abs(a - b) <= MAX_OFF for a, b in zip(primaries, SRGB_PRIMARIES, strict=True))


def rgb_to_xyz(primaries: Chromaticities) -> Matrix:
    """Return the exact 3 x 3 matrix from linear RGB to XYZ, with white at Y = 1.

    By SMPTE RP 177-1993. Raises ValueError if white does not lie between its primaries.
    """
    columns = [_to_xyz(primaries[start : start + 2]) for start in (2, 4, 6)]
    matrix = tuple(zip(*columns, strict=True))
    scales = _times_vector(_inverted(matrix), white_of(primaries))
    if min(scales) <= 0:
        raise ValueError("white does not lie between its primaries")
    return tuple(tuple(a * s for a, s in zip(row, scales, strict=True)) for row in matrix)


def rgb_to_linear_srgb(primaries: Chromaticities) -> tuple[tuple[float, ...], ...]:
    """Return the matrix from linear RGB to linear sRGB; another white is adapted by Bradford.

    It comes from exact fractions, so that it is the same number on every machine.
    """
    cones = [_times_vector(BRADFORD, white_of(p)) for p in (SRGB_PRIMARIES, primaries)]
    gains = [to / source for to, source in zip(*cones, strict=True)]
    scaled = tuple(tuple(a * g for a in row) for row, g in zip(BRADFORD, gains, strict=True))
    adapted = _times(_inverted(BRADFORD), _times(scaled, rgb_to_xyz(primaries)))
    exact = _times(_inverted(rgb_to_xyz(SRGB_PRIMARIES)), adapted)
    return tuple(tuple(map(float, row)) for row in exact)


def white_of(primaries: Chromaticities) -> Vector:
    """Return white as XYZ, with Y = 1; raises ValueError where it has no luminance."""
    x, y, z = _to_xyz(primaries[:2])
    if not y:
        raise ValueError("white has no luminance")
    return x / y, Fraction(1), z / y


def _to_xyz(xy: Chromaticities) -> Vector:
    x, y = (Fraction(number, 100_000) for number in xy)
    return x, y, 1 - x - y


def _times_vector(matrix: Matrix, vector: Vector) -> Vector:
    return tuple(
        sum((a * b for a, b in zip(row, vector, strict=True)), Fraction()) for row in matrix
    )


def _times(left: Matrix, right: Matrix) -> Matrix:
    columns = [_times_vector(left, column) for column in zip(*right, strict=True)]
    return tuple(zip(*columns, strict=True))


def _inverted(matrix: Matrix) -> Matrix:
    """Invert a matrix of 3 x 3 by its cofactors; raises ValueError where it has no inverse."""
    cofactors = [
        [
            matrix[(j + 1) % 3][(i + 1) % 3] * matrix[(j + 2) % 3][(i + 2) % 3]
            - matrix[(j + 1) % 3][(i + 2) % 3] * matrix[(j + 2) % 3][(i + 1) % 3]
            for j in range(3)
        ]
        for i in range(3)
    ]
    determinant = sum((matrix[0][i] * cofactors[i][0] for i in range(3)), Fraction())
    if not determinant:
        raise ValueError("primaries lie on a line")
    return tuple(tuple(cofactor / determinant for cofactor in row) for row in cofactors)
