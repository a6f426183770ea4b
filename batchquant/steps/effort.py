"""How long a picture takes beside others. Pure: knows no clock."""

MIN_MEGAPIXELS = 1e-3  # below, the time goes into other things
# Colors, which K-Means goes by, grow slower than pixels. In four runs over photographs, the largest
# first, the time left that was told was 0.7 of the true one at a power of 1, and 1.0 at this.
POWER = 0.7


def work_of(pixels: int, n_steps: int) -> float:
    """Tell how long a picture takes beside others.

    Parameters
    ----------
    pixels : int
        Of the picture.
    n_steps : int
        How often it is worked through.

    Returns
    -------
    float
        1 for a picture of one megapixel, worked through once.
    """
    return float(max(MIN_MEGAPIXELS, pixels / 1e6) ** POWER) * n_steps
