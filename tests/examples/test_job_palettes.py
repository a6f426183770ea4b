"""Colors and palettes in job files; what is wrong with them is in tests/data/jobs/bad."""

from pathlib import Path

import pytest
from PIL import Image

from batchquant import load_job
from batchquant.errors import JobFileError
from batchquant.formats.palette_text import to_gpl, to_hex

INK, PAPER = (26, 28, 44), (244, 244, 244)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text):
    Path("jobs.yaml").write_text(f"inputs: photos\n{text}\n", encoding="utf-8")
    return load_job("jobs.yaml")


def problems(text):
    with pytest.raises(JobFileError) as caught:
        load(text)
    return [problem.partition(": ")[2] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "palette"),
    [
        ('["#1a1c2c", "#f4f4f4"]', (INK, PAPER)),
        ('["#F4F4F4", 1a1c2c, "#f4f4f4"]', (PAPER, INK)),
        ('"#1a1c2c"', (INK,)),
    ],
)
def test_a_palette_is_written_as_hex_colors(written, palette):
    (job,) = load(f"palette: {written}").jobs
    assert job.palette == palette


def test_k_and_init_follow_a_palette():
    (job,) = load('palette: ["#1a1c2c", "#f4f4f4", "#1a1c2c"]').jobs
    assert (job.k, job.init) == ((2,), ("palette",))


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ('{Ink: "#1a1c2c", Paper: "#f4f4f4"}', {INK: "Ink", PAPER: "Paper"}),
        ('[Ink: "#1a1c2c", "#f4f4f4"]', {INK: "Ink"}),
        ('{Ink: "#1a1c2c", Paper: "#f4f4f4", Soot: "#1a1c2c"}', {INK: "Ink", PAPER: "Paper"}),
        ('["#1a1c2c", {Soot: "#1a1c2c"}, "#f4f4f4"]', {INK: "Soot"}),
        ('{"": "#1a1c2c", "two\\nlines \\e[1m": "#f4f4f4"}', {PAPER: "two lines [1m"}),
        ('{010: "#1a1c2c", no: "#f4f4f4"}', {INK: "010", PAPER: "no"}),
    ],
)
def test_colors_may_have_names(written, names):
    (job,) = load(f"palette: {written}").jobs
    assert job.palette == (INK, PAPER)
    assert dict(job.color_names) == names


def test_names_are_read_of_palette_files(folder):
    Path("dusk.gpl").write_text("GIMP Palette\n26 28 44\tInk\n244 244 244\tUntitled\n")
    (job,) = load("palette: dusk.gpl").jobs
    assert job.color_names == ((INK, "Ink"),)
    assert load("k: 3").jobs[0].color_names == ()


def test_a_palette_may_stand_in_a_picture():
    Image.new("RGB", (8, 8), INK).save("ink.png")
    assert load("palette: ink.png").jobs[0].palette == (INK,)


STOCK = '["#1a1c2c", "#f4f4f4", "#ff0000", "#00ff00"]'


def test_k_beside_a_palette_chooses_out_of_it():
    (job,) = load(f"palette: {STOCK}\nk: [2, 3]\npin: '#f4f4f4'\nmax_iter: 9\ntol: 1").jobs
    assert (len(job.palette), job.k, job.init, job.pin) == (4, (2, 3), ("palette",), (PAPER,))


def test_a_job_with_a_palette_takes_k_from_above():
    jobs = load(f"k: 2\njobs:\n  - {{name: a}}\n  - {{name: b, palette: {STOCK}}}").jobs
    assert [(job.k, job.init) for job in jobs] == [((2,), ("kmeans++",)), ((2,), ("palette",))]


def test_a_palette_of_many_colors_may_be_chosen_from_for_what_holds_few():
    write_colors("many.hex", 300)
    few = load("palette: many.hex\nk: 256\nformats: [png, gif]\ndither: floyd-steinberg")
    assert few.jobs[0].k == (256,)
    (problem,) = problems("palette: many.hex\nk: 4096\nformats: [png, gif]")
    assert problem.startswith("formats: GIF holds at most 256 colors, not 300 (line 2). Remove")


def test_palette_is_no_start_method():
    (problem,) = problems("k: 3\ninit: palette")
    assert problem.startswith(
        "init: 'palette' does not work here. Write one of 'random', 'in_pixel', "
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dusk.gpl", to_gpl("Dusk", [INK, PAPER]).encode()),
        ("dusk.GPL", to_gpl("Dusk", [INK, PAPER, INK]).encode()),
        ("dusk.hex", b"\xef\xbb\xbf" + to_hex([INK, PAPER]).encode()),
        ("dusk.hex", b"1a1c2c\r\nf4f4f4\r\n"),
        # Old palettes name their colors in Latin-1.
        ("dusk.gpl", b"GIMP Palette\nName: D\xe4mmerung\n#\n26 28 44 schw\xe4rze\n244 244 244\n"),
    ],
)
def test_a_palette_may_stand_in_a_file(name, content, folder, monkeypatch):
    (folder / "palettes").mkdir()
    (folder / "palettes" / name).write_bytes(content)
    load(f"palette: palettes/{name}")
    monkeypatch.chdir("/")
    (job,) = load_job(folder / "jobs.yaml").jobs
    assert job.palette == (INK, PAPER)


def write_colors(name, n):
    colors = [(0, code >> 8, code & 255) for code in range(n)]
    Path(name).write_text(to_hex(colors), encoding="utf-8")


def test_a_palette_has_4096_colors_at_most():
    write_colors("most.hex", 4096)
    write_colors("more.hex", 4097)
    assert load("palette: most.hex").jobs[0].k == (4096,)
    (problem,) = problems("palette: more.hex")
    assert problem.startswith("palette: the palette has 4097 colors, and may have 1 to 4096.")


def test_a_huge_palette_file_is_not_read(folder):
    Path("huge.gpl").write_bytes(b"GIMP Palette\n" + b"#" * 1024 * 1024)
    (problem,) = problems("palette: huge.gpl")
    assert problem == (
        f"palette: {folder}/huge.gpl is larger than 1024 kB, which no palette file is."
        " Name a palette file."
    )


def test_a_folder_is_no_palette_file(folder):
    Path("a.gpl").mkdir()
    (problem,) = problems("palette: a.gpl")
    assert problem == (
        f"palette: {folder}/a.gpl: is a directory. Name a palette file that is there."
    )


def test_a_long_line_of_a_palette_file_is_quoted_in_part(folder):
    Path("long.hex").write_bytes(b"ab" * 1000)
    (problem,) = problems("palette: long.hex")
    assert problem == (
        f"palette: {folder}/long.hex: line 1 has '{'ab' * 30}...', but needs"
        " a color such as ff8800."
    )


@pytest.mark.parametrize(
    "text",
    [
        "k: 4096\ndither: floyd-steinberg",
        "k: 3\ndither: blue-noise\ndither_strength: 0",
        "palette: '#000000'\ndither: bayer\ndither_strength: 0.5",
        "k: 2\npin: ['#000000', '#ffffff']",
        "k: 2\nalpha: flatten\nbackground: '#000000'",
        "k: 2\nformats: pdf\nbackground: '#000000'",
        "palette: '#000000'\ncolor_space: oklab\nblur: 2\nreduce: 64\npalette_files: json",
    ],
)
def test_keys_that_go_together(text):
    assert len(load(text).jobs) == 1


def test_jobs_have_palettes_of_their_own():
    jobs = load("jobs:\n  - {name: a, k: 3}\n  - {name: b, palette: ['#1a1c2c', '#f4f4f4']}").jobs
    assert [(job.k, job.init) for job in jobs] == [((3,), ("kmeans++",)), ((2,), ("palette",))]


def test_a_default_palette_may_be_overridden():
    jobs = load("palette: '#1a1c2c'\njobs:\n  - {name: a}\n  - {name: b, palette: '#f4f4f4'}").jobs
    assert [job.palette for job in jobs] == [(INK,), (PAPER,)]


def test_a_resolved_job_file_tells_colors_in_hex():
    (job,) = load('palette: ["#1A1C2C"]').model_dump()["jobs"]
    assert (job["palette"], job["background"]) == (("#1a1c2c",), "#ffffff")
