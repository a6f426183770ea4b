"""A step that a package adds between overview and book: it tells how large all files are."""

from batchquant.plan.picture_step import PictureStep


class Sizes(PictureStep):
    """Needs what variants and overview made, and decodes nothing."""

    name, suffixes, settings = "sizes", {"sizes": "_sizes.txt"}, ("seed",)

    def make(self, made):
        lines = [f"{made.title}, seed {made.settings['seed']}"]
        for variant in made.variants:
            for kind, path in variant.paths.items():
                lines.append(f"K {variant.k} {variant.init} {kind} {len(made.read(path))}")
        for kind, path in made.paths.items():
            lines.append(f"{kind} {len(made.read(path))}")
        return {"sizes": "\n".join(lines).encode()}
