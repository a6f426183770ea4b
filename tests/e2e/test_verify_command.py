"""`batchquant verify` as a user types it."""

import os


def test_what_is_whole_ends_with_0(finished):
    done = finished.run("verify", "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "12 variants in 36 files, 12 compared with the source; 12 rows (12 done):"
        " all is as written.\n"
    )


def test_what_is_spoiled_is_told_and_ends_with_3(finished):
    folder = finished.output / "photos" / "a.png"
    flipped, cut = folder / "a_k003_random.png", folder / "a_k003_random.pdf"
    gone = folder / "a_k003_in_pixel.png"
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    size_bytes = cut.stat().st_size
    os.truncate(cut, 100)
    gone.unlink()
    report = finished.output / "report.csv"
    report.write_bytes(report.read_bytes().replace(b",true,", b",false,", 1))
    done = finished.run("verify", "out", "-j", "1")
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "photos/a.png/a_k003_in_pixel.png: cannot be read: No such file or directory",
        f"photos/a.png/a_k003_random.pdf: found 100 bytes, expected {size_bytes}",
        "photos/a.png/a_k003_random.png: found other content than what was written",
        "report.csv: photos/a.png k=3 random: converged: found 'false', expected 'true'",
        "12 variants in 36 files, 12 compared with the source; 12 rows (12 done): 4 problems.",
    ]


def test_a_folder_that_nobody_wrote_to_is_refused(workplace, photos):
    done = workplace.run("verify", "photos")
    assert done.returncode == 2
    assert "photos: nothing has been run into this folder" in done.stderr
