// What is seen of both sides: their pictures, what they are called, and why there is none.
"use strict";

batchquant.compare = (() => {
  const { divider, zoom } = batchquant;
  const at = (id) => document.getElementById(id);
  const [stage, original, result, missing] = ["stage", "original", "result", "missing"].map(at);
  let told = null; // what stands on the stage

  // Sets or keeps what is compared; a side has a name and a picture, or why there is none.
  function show(card, preview, left, right) {
    told = { card, left, right };
    const shown = [left, right].map((side) => pictureOf(preview, side));
    const isStarted = card.psnr.some((level) => level !== null);
    const noPreview = isStarted && !preview ? ["No preview of the original. "] : [];
    missing.replaceChildren(...noPreview, ...(left.why ?? []), ...(right.why ?? []));
    missing.hidden = !missing.childNodes.length;
    stage.classList.toggle("single", !shown[1]);
    set(original, shown[0], `${left.name} of ${batchquant.labelOf(card)}`);
    set(result, shown[1], `${batchquant.labelOf(card)}, ${right.name}`);
    set(at("peek"), preview, "");
    const errors = differenceOf(left, right);
    set(at("errors"), errors && batchquant.link(errors), `Errors of ${batchquant.labelOf(card)}`);
    stage.classList.toggle("exact", Boolean(errors));
    tellNames();
    const size = sizeOf(card);
    at("viewer").style.setProperty("--form", size.height / size.width);
    zoom.show(size);
  }

  // Pixels that are not square are stretched, so that none is lost.
  const sizeOf = ({ width, height, aspect }) =>
    ({ width: (width || 1) * Math.max(aspect, 1), height: (height || 1) / Math.min(aspect, 1) });

  function pictureOf(preview, side) {
    if (side.name === "original") return preview;
    return side.picture && batchquant.link(side.picture);
  }

  // The difference as it was drawn, if it is that of the original and something that is told of.
  function differenceOf(left, right) {
    const [original, other] = left.name === "original" ? [left, right] : [right, left];
    return original.name === "original" ? other.errorMap : null;
  }

  // Of which pixels a browser shows the difference.
  function whatDiffers() {
    if (stage.classList.contains("exact")) return "as drawn, of all pixels";
    const isPreview = [[told?.left, original], [told?.right, result]].some(
      ([side, image]) => side?.name === "original" && notQuite(image),
    );
    return isPreview ? "of the preview" : "of what is shown";
  }

  function tellNames() {
    batchquant.view?.tell(); // once it is known how large what is shown is
    if (!told) return;
    const { left, right } = told;
    const isPeeking = stage.classList.contains("peeking");
    at("side-told-left").textContent = nameOf(left, original);
    at("side").textContent = isPeeking ? nameOfOriginal(at("peek")) : nameOf(right, result);
  }

  const nameOf = ({ name }, image) => (name === "original" ? nameOfOriginal(image) : name);
  const nameOfOriginal = (image) => `original${notQuite(image)}`;

  // What is looked at as the original may be smaller than it is, or not to the pixel what it is.
  function notQuite(image) {
    const { width, height } = sizeOf(told.card);
    const longest = Math.max(width, height);
    const shown = Math.max(image.naturalWidth, image.naturalHeight);
    if (!shown) return "";
    if (shown < Math.floor(longest)) return `: preview, ${shown} of ${Math.round(longest)} px`;
    return /\.jpg$/.test(image.getAttribute("src")) ? ": preview, slightly compressed" : "";
  }

  // Shows the original alone, as long as that is wished.
  function peek(isWished) {
    stage.classList.toggle("peeking", isWished && !at("peek").hidden);
    tellNames();
  }

  function set(image, source, text) {
    image.hidden = !source;
    image.alt = source ? text : "";
    if (!source) image.removeAttribute("src");
    else if (image.getAttribute("src") !== source) image.src = source;
  }

  function reset() {
    zoom.fit();
    divider.moveTo(50);
  }

  result.addEventListener("error", () => {
    missing.textContent = "The picture of this variant is missing: run the job file again.";
    missing.hidden = false;
  });
  for (const image of [original, result, at("peek")]) image.addEventListener("load", tellNames);
  return { show, reset, peek, whatDiffers, nameOfOriginal };
})();
