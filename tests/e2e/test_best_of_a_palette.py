"""`palette` together with `k`: the best few colors of a stock, by the command."""

from itertools import combinations

import numpy as np
from PIL import Image

STOCK = [
    (10, 20, 30),
    (250, 240, 230),
    (200, 30, 40),
    (40, 160, 60),
    (60, 80, 200),
    (120, 120, 120),
]
MANY = [(red, green, blue) for red in (0, 99, 200) for green in (9, 130, 250) for blue in (5, 180)]


def as_yaml(colors):
    return "[" + ", ".join(f'"#{bytes(color).hex()}"' for color in colors) + "]"


def error_of(pixels, chosen):
    apart = pixels.reshape(-1, 1, 3).astype(int) - np.array(chosen)[None]
    return (apart**2).sum(axis=2).min(axis=1).sum()


def test_other_names_make_files_that_have_them_and_no_picture(workplace, photo):
    photo(workplace.path / "photos" / "a.png", height=40, width=30)
    job = "inputs: photos\nk: 2\npalette_files: [gpl, hex, json]\npalette:\n"
    for names in (("Ink", "Paper", "Brick"), ("Ink", "Snow", "Blood")):
        colors = (
            f'  {name}: "#{bytes(color).hex()}"\n'
            for name, color in zip(names, STOCK[:3], strict=True)
        )
        workplace.write_job(job + "".join(colors))
        before = {path: path.stat().st_mtime_ns for path in workplace.output.rglob("a_k*")}
        assert workplace.run("run", "jobs.yaml").returncode == 0
        told = (workplace.output / "photos/a.png/a_k002_palette.gpl").read_text()
        assert sum(f"\t{name}\n" in told for name in names) == 2
    anew = {path.suffix for path, at in before.items() if path.stat().st_mtime_ns != at}
    assert anew == {".gpl", ".json"}
    assert workplace.run("verify", "out").returncode == 0


def test_the_best_of_a_stock_is_chosen_for_each_picture(workplace, photo):
    names = ("a.png", "b.png", "c.png")
    for number, name in enumerate(names):
        photo(workplace.path / "photos" / name, height=40, width=30, seed=number)
    workplace.write_job(
        f"inputs: photos\npalette_files: gpl\njobs:\n"
        f"  - {{name: few, k: [2, 3, 9], palette: {as_yaml(STOCK)}}}\n"
        f"  - {{name: many, k: [6, 10], palette: {as_yaml(MANY)}, pin: '#000905'}}\n"
    )
    told = workplace.run("plan", "jobs.yaml", "--no-estimate").stdout
    assert "k 9: all 6 colors of the palette are taken, as k 6" in told
    done = workplace.run("run", "jobs.yaml")
    assert done.returncode == 0, done.stderr
    rows = workplace.report()
    assert {(row["job"], row["k"], row["init"]) for row in rows} == {
        *(("few", k, "palette") for k in "236"),
        *(("many", k, "palette") for k in ("6", "10")),
    }
    for name in names:
        pixels = np.asarray(Image.open(workplace.path / "photos" / name).convert("RGB"))
        folder = workplace.output / "few" / "photos" / name
        for k in (2, 3):
            shown = np.asarray(
                Image.open(folder / f"{name[0]}_k{k:03d}_palette.png").convert("RGB"), int
            )
            least = min(error_of(pixels, chosen) for chosen in combinations(STOCK, k))
            assert ((pixels - shown) ** 2).sum() == least
        errors = [float(row["mse"]) for row in rows if row["image"] == name and row["job"] == "few"]
        assert errors == sorted(errors, reverse=True)
    done = workplace.run("run", "jobs.yaml", "--output", "reference", "-j", "2")
    assert done.returncode == 0
    assert workplace.differences() == ""
    assert workplace.run("verify", "out").returncode == 0
