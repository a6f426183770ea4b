"""What an entry of a job file may say: every key, its default and its range, once."""

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from batchquant.formats.palette_text import format_hex
from batchquant.jobfile.colors import HexColor, OrPaletteFile, Palette
from batchquant.jobfile.combinations import (
    FOLLOWS_PALETTE,
    be_seen,
    fit_among_k,
    fit_into_formats,
    follow_palette,
    give_way_to_palette,
    give_way_to_whole_palette,
    have_a_png,
    have_what_to_share,
    have_what_to_weaken,
)
from batchquant.jobfile.numbers import MAX_K
from batchquant.jobfile.parts import (
    TARGET_EXPECTED,
    InputFolder,
    Record,
    Target,
    refuse_equal_names,
)
from batchquant.jobfile.sheets import Sheet
from batchquant.jobfile.values import (
    Alpha,
    BeforeAfter,
    Blur,
    Book,
    ColorProfile,
    ColorSpace,
    Distinct,
    Dither,
    Dpi,
    Format,
    Frames,
    Glob,
    Init,
    Iterations,
    KValues,
    Name,
    OneOrMany,
    PaletteFormat,
    Pixels,
    Refine,
    Restarts,
    Share,
    SharedPalette,
    Side,
    Tolerance,
    Truncated,
    YesOrNo,
    written,
)
from batchquant.quantization.color import Color

WHITE = (255, 255, 255)


class Job(Record):
    """One sweep: which pictures, in which numbers of colors, from which starts.

    Where there is a palette, `init` is ``palette``, and `k` the number of its colors where that is
    not written. Keys that are checked against others stand below them.
    """

    name: Name = Field(
        default="",
        description="Name of the job, and of its folder in the output; no other job has it.",
    )
    inputs: Annotated[
        tuple[InputFolder, ...],
        Field(min_length=1),
        OneOrMany(),
        AfterValidator(refuse_equal_names),
    ] = Field(
        description="Where the pictures are: folders, files, and patterns such as photos/*.png."
    )
    include: Annotated[tuple[Glob, ...], Field(min_length=1), OneOrMany()] = Field(
        default=(),
        description="Patterns, as in .gitignore, of the files to take; default: every format"
        " that is read, and files without ending that hold one.",
    )
    frames: Frames = Field(
        default="first", description="Of a file with several pictures: the first, or all of them."
    )
    truncated: Truncated = Field(
        default="fail",
        description="A file that ends too early, as of a broken download: fail, or accept what is"
        " there. What is missing is filled with black or gray, which counts as a color, too.",
    )
    max_pixels: Pixels = Field(
        default=250_000_000,
        description="Pictures of more pixels are refused before they are decoded.",
    )
    color_profile: ColorProfile = Field(
        default="keep",
        description="Keep the color profile of a picture, or convert the picture to srgb.",
    )
    alpha: Alpha = Field(
        default="keep", description="Keep transparency, or flatten onto the background."
    )
    reduce: Side = Field(
        default=None,
        description="Longest side in pixels, to which larger pictures are reduced first; default:"
        " their own.",
    )
    blur: Blur = Field(
        default=0.0,
        description="Radius in pixels of the Gaussian blur before colors are searched for.",
    )
    palette: Annotated[tuple[HexColor, ...], Field(min_length=1), OrPaletteFile()] = Field(
        default=(),
        description="Colors of your own, in place of those that init would find: a list,"
        " NAME: COLOR pairs, or the path of a palette file; beside k, the best k of them for"
        " each picture.",
    )
    k: Annotated[tuple[int, ...], KValues()] = Field(
        description=f"How many colors a picture shall have, 1 to {MAX_K}: one number, several as"
        " 3,5,7, or a range FROM..TO or FROM..TO:STEP. All of them are made. Not needed beside"
        " a palette."
    )
    pin: Distinct[HexColor] = Field(
        default=(),
        description="Colors that count among the k and stay exactly what they are; beside a palette"
        " and k, colors of it that are chosen in any case.",
    )
    init: Distinct[Init] = Field(
        default=("kmeans++",),
        description="Start methods: random (anywhere in the RGB cube), in_pixel or forgy (pixels"
        " of the image), kmeans++ or k-means++ (pixels far apart, by chance), maximin (pixels"
        " farthest apart).",
    )
    n_init: Restarts = Field(
        default="auto",
        description="Restarts of K-Means, of which the lowest inertia is kept; auto: so many as"
        " pay, 4 up to K 5, 6 up to 32, 3 up to 64, else 1.",
    )
    refine: Refine = Field(
        default="none",
        description="How to leave the local optimum that K-Means ends in: swaps, of single colors"
        " with others that are missed more.",
    )
    max_iter: Iterations = Field(
        default=1000, description="Iterations at most, of each restart and each swap."
    )
    tol: Tolerance = Field(
        default=0.0,
        description="How little the colors may move in an iteration for the search to end: the sum"
        " of their squared moves, in 0-255 units; 0: not at all.",
    )
    color_space: ColorSpace = Field(
        default="srgb",
        description="Where distances between colors are measured: srgb, or oklab, which is nearer"
        " to what an eye sees.",
    )
    favor_rare: Share = Field(
        default=0.0,
        description="How much more pixels of rare colors count while colors are searched for, 0 to"
        " 1, so that small accents keep a color.",
    )
    shared_palette: SharedPalette = Field(
        default="none",
        description="Which pictures are shown in one palette: all frames of a file, all pictures of"
        " a folder, of an input or of the job; none: each in its own.",
    )
    dither: Dither = Field(
        default="none",
        description="How colors between those of the palette are shown: none, as the nearest;"
        " floyd-steinberg or atkinson, errors are passed on; bayer or blue-noise, two colors by a"
        " pattern.",
    )
    dither_strength: Share = Field(
        default=1.0, description="How strong the dithering is: 1 in full, 0 as good as none."
    )
    formats: Distinct[Format] = Field(
        default=("png",),
        description="File formats to write; batchquant formats tells what each can hold.",
    )
    palette_files: Distinct[PaletteFormat] = Field(
        default=(), description="Files of its palette to write beside each picture."
    )
    error_map: YesOrNo = Field(
        default=False,
        description="Whether to write a map of its difference beside each picture.",
    )
    background: HexColor = Field(
        default=WHITE,
        json_schema_extra={"default": format_hex(WHITE)},
        description="What transparent pixels are laid onto, by alpha: flatten and in formats that"
        " do not hold such transparency: pdf, bmp, gif where alpha is soft.",
    )
    dpi: Dpi = Field(
        default=150.0,
        description="Pixels per inch across the page of a PDF; source: those that the picture"
        " states, else 150.",
    )
    sheet: Sheet = Field(
        default="png",
        description="Contact sheet of each image, the original beside all its variants, as a list"
        " or in one word: png, pdf, both or none.",
    )
    book: Book = Field(
        default=False,
        description="One PDF of all contact sheets, with title page, contents and bookmarks, for a4"
        " or letter paper, or pages that fit each sheet (fit, true).",
    )
    before_after: BeforeAfter = Field(
        default="none",
        description="An animation that fades from each original into the variant that reaches the"
        " target, else the one at the knee, else the one in the middle, or a smaller K that is"
        " exact: webp or none.",
    )
    target: Annotated[Target | None, written(TARGET_EXPECTED)] = Field(
        default=None,
        description="How close to the original is close enough: the smallest K that reaches it is"
        " marked, and stands as FILE_best.png. One figure of the report: of delta_e, about 1 is a"
        " color difference that is just seen, and 3 a small one; so is a psnr_db of 32.",
    )

    # Where two are on one key, the second comes first.
    _fit_among_k = field_validator("pin")(fit_among_k)
    _have_what_to_weaken = field_validator("dither_strength")(have_what_to_weaken)
    _have_what_to_share = field_validator("shared_palette")(have_what_to_share)
    _fit_into_formats = field_validator("formats")(fit_into_formats)
    _be_seen = field_validator("background")(be_seen)
    _have_a_png = field_validator("target")(have_a_png)
    _follow_palette = field_validator("k", mode="wrap")(follow_palette)
    _give_way_to_palette = field_validator("init", "n_init", "refine", mode="wrap")(
        give_way_to_palette
    )
    _give_way_to_whole_palette = field_validator(
        "pin", "max_iter", "tol", "favor_rare", mode="wrap"
    )(give_way_to_whole_palette)

    @property
    def color_names(self) -> tuple[tuple[Color, str], ...]:
        """Names that colors of the palette have."""
        return tuple(self.palette.names.items()) if isinstance(self.palette, Palette) else ()

    @model_validator(mode="before")
    @classmethod
    def _let_k_and_init_follow_a_palette(cls, value: object) -> object:
        if isinstance(value, dict) and "palette" in value:
            return {"k": FOLLOWS_PALETTE, "init": FOLLOWS_PALETTE, **value}
        return value
