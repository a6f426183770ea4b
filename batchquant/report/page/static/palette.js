// The palette of a variant: swatches, each copied by a click.
"use strict";

batchquant.palette = (() => {
  const { element, paint, palettesOf, say } = batchquant;
  const at = (id) => document.getElementById(id);
  const READABLE = 4.5; // contrast that is enough for text
  const NAMES = { GPL: "GIMP palette" };
  const GROUNDS = { black: 0, white: 1 }; // their luminance
  let wanted = null;
  let current = []; // hex, share and perhaps name of each color that is shown

  const channels = (hex) => [1, 3, 5].map((begin) => parseInt(hex.slice(begin, begin + 2), 16));
  const FORMS = {
    hex: () => current.map(([hex]) => hex),
    CSS: () => [":root {", ...current.map(([hex], place) => `  --color-${place + 1}: ${hex};`), "}"],
    GPL: () => [
      "GIMP Palette", "#",
      ...current.map(([hex, , name]) => `${channels(hex).map((level) => String(level).padStart(3)).join(" ")}\t${name ?? hex}`),
    ],
  };

  // How bright a color is, 0 to 1, and how far two of them are apart: relative luminance and contrast of WCAG 2.
  function luminanceOf(hex) {
    const [red, green, blue] = channels(hex).map((level) => paint.LINEAR[level]);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  const contrastOf = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);

  // Shows the colors of a variant of a card.
  async function show(card, variant) {
    const list = at("palette");
    wanted = variant;
    const loaded = card.palettes ? await palettesOf(card.palettes).catch(() => null) : null;
    if (variant !== wanted) return; // another was chosen meanwhile
    const colors = loaded?.colors[`${variant.k} ${variant.init}`];
    at("palette-note").textContent = colors ? "click copies" : "see the palette files or the picture";
    list.parentElement.hidden = variant.status !== "done";
    list.replaceChildren(...(colors ? swatches(colors) : []));
    current = colors ?? [];
    for (const id of ["palette-all", "contrast-told"]) at(id).hidden = !current.length;
  }

  function swatches(colors) {
    const total = colors.reduce((sum, [, pixels]) => sum + pixels, 0);
    return colors.map(([hex, pixels, name]) => {
      const share = say.percent(pixels / total);
      const patch = element("span", { className: "patch" });
      patch.style.background = hex;
      const button = element(
        "button",
        { type: "button", title: name ? `${name}: copy ${hex}` : `Copy ${hex}` },
        patch,
        element("span", { className: "hex" }, hex),
        element("span", { className: "share" }, name ? `${share} · ${name}` : share),
        element("span", { className: "contrasts" }, ...contrasts(hex)),
      );
      button.addEventListener("click", () => copy(hex, hex));
      return element("li", {}, button);
    });
  }

  function contrasts(hex) {
    return Object.entries(GROUNDS).map(([ground, luminance]) => {
      const contrast = contrastOf(luminanceOf(hex), luminance);
      // Rounded down, so that none is called enough that is not.
      const told = (Math.floor(10 * contrast) / 10).toFixed(1);
      const className = `${ground}${contrast >= READABLE ? " readable" : ""}`;
      return element("span", { className }, `on ${ground} ${told} : 1`);
    });
  }

  async function copy(text, told) {
    const toast = at("toast");
    try {
      await navigator.clipboard.writeText(text);
      toast.textContent = `Copied ${told}`;
    } catch {
      toast.textContent = `The browser does not let pages copy: ${text}`;
    }
    toast.classList.add("shown");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => toast.classList.remove("shown"), 2000);
  }

  for (const [form, lines] of Object.entries(FORMS)) {
    at(`palette-${form}`).addEventListener("click", () => copy(`${lines().join("\n")}\n`, `all as ${NAMES[form] ?? form}`));
  }
  return { show };
})();
