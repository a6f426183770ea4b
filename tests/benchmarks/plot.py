"""The kernel's tables as a picture."""

import matplotlib as mpl
import matplotlib.pyplot as plt

mpl.use("Agg")


def plot_kernel(fixed_point, growth, path):
    """Draw milliseconds an iteration over K and over megapixels."""
    figure, (over_k, over_pixels) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    series = {}
    for k, what, _, _, ms, *_ in fixed_point.rows:
        if ms is not None:
            series.setdefault(", ".join(what.split(", ")[:2]), []).append((k, ms))
    for what, points in series.items():
        over_k.plot(*zip(*points, strict=True), marker="o", label=what)
    over_k.set(title=fixed_point.title, xlabel="K", ylabel="ms / iteration")
    megapixels, _, ours, theirs, _ = zip(*growth.rows, strict=True)
    over_pixels.plot(megapixels, ours, marker="o", label="batchquant")
    over_pixels.plot(megapixels, theirs, marker="o", label="scikit-learn, all pixels")
    over_pixels.set(title=growth.title, xlabel="megapixels", ylabel="ms / iteration")
    for axes in (over_k, over_pixels):
        axes.set(xscale="log", yscale="log")
        axes.title.set_fontsize(9)
        axes.grid(which="major", alpha=0.4)
        axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)
    plt.close(figure)
