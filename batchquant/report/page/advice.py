"""Classes of reasons for failure → what a person can do."""

ADVICE = {
    "unreadable": (
        "Cannot be read",
        "Open the file in an image viewer. If it shows there, save it again as PNG. If not, fetch"
        " it again from where it came or, where it is no picture, leave it out by exclude in the"
        " job file. Then run the same command.",
    ),
    "truncated": (
        "Ends too early",
        "Fetch the file again from where it came. With “truncated: accept” in the job file, what"
        " there is of it is shown; else it can be left out by exclude. Then run the same command.",
    ),
    "too_large": (
        "Too large",
        "If it has more pixels than allowed, raise max_pixels. If memory was short, close other"
        " programs, or put a smaller copy of the picture in its place. Then run the same command.",
    ),
    "unfit": (
        "Does not fit its format",
        "None of the formats that the job file lists can hold it. Add png to formats, which holds"
        " every picture, or do what the sentence below says. Then run the same command.",
    ),
    "bad_name": (
        "Cannot be named",
        "Give the file a shorter name, in UTF-8, and run the same command.",
    ),
    "blocked": (
        "In the way",
        "Move away what stands where the picture goes, or add --replace to the command; where"
        " writing is not allowed, allow it. Then run the same command.",
    ),
    "timeout": (
        "Took too long",
        "Raise timeout in the job file (in seconds; 0 is no limit), or make pictures smaller by"
        " reduce. Then run the same command.",
    ),
    "worker_died": (
        "Ended its worker process",
        "Most often memory was short: close other programs, or put a smaller copy of the picture in"
        " its place. Then run the same command.",
    ),
    "internal": (
        "A fault of batchquant",
        "Please report it, with the sentence below and if you can with the picture. The next run"
        " tries again.",
    ),
}
"""Class to heading and advice; unreadable files that end too early are apart, by Pillow's word,
ours, and ours of before."""

ABSENT = (
    "Not there",
    "Mount the disk that it lies on, or give back what it held, and run the same command. Where its"
    " pictures are gone for good, take it out of the job file: prune lists what was made of them.",
)
"""Heading and advice for inputs that held pictures in an earlier run."""

UNDRAWN = (
    "Could not be drawn",
    "The variants are there; what is missing is a contact sheet, a book, or what the page shows of"
    " them. The same command draws it again. Where that fails, too: raise timeout if it took too"
    " long, close other programs if its worker died, move away what is in its place or add"
    " --replace where it is blocked, and please report what is internal.",
)
"""Heading and advice for overviews and books."""

UNKNOWN = ("Failed", "The reason below says more. The next run tries again.")


def class_of(error: str) -> str:
    """Return what decides on the advice: the class a reason begins with, or ``truncated``."""
    name, _, reason = error.partition(":")
    is_cut = any(words in reason for words in ("truncated", "ends too early", "breaks off"))
    return "truncated" if name == "unreadable" and is_cut else name


def advise(reason_class: str) -> tuple[str, str]:
    """Return a heading for a class of reasons, and what to do about it."""
    return ADVICE.get(reason_class, UNKNOWN)
