// The original on a card, as long as a mouse is over it or a finger holds it.
"use strict";

(() => {
  const { cards, element } = batchquant;
  const list = document.getElementById("cards");
  const HOLD = 250; // milliseconds after which a touch is no tap
  let shown = null;
  let timer = 0;

  function begin(thumb) {
    const card = cards[Number(thumb.closest("li").dataset.number)]; // none where it is the original itself
    if (shown === thumb || !card?.thumbnail || !thumb.querySelector("canvas")) return;
    end();
    const image = element("img", { className: "before", src: card.thumbnail, alt: "" });
    image.onerror = end;
    thumb.append(image, element("span", { className: "told" }, "original"));
    shown = thumb;
  }

  function end() {
    clearTimeout(timer);
    for (const part of shown?.querySelectorAll(".before, .told") ?? []) part.remove();
    shown = null;
  }

  list.addEventListener("pointerover", (event) => {
    const thumb = event.target.closest(".thumb");
    if (event.pointerType !== "mouse") return;
    if (thumb) begin(thumb);
    else end();
  });
  list.addEventListener("pointerleave", end);
  list.addEventListener("pointerdown", (event) => {
    const thumb = event.target.closest(".thumb");
    if (event.pointerType !== "mouse" && thumb) timer = setTimeout(() => begin(thumb), HOLD);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    list.addEventListener(name, (event) => event.pointerType !== "mouse" && setTimeout(end));
  }
  // A finger that has looked at the original opens nothing.
  list.addEventListener("contextmenu", (event) => event.pointerType === "touch" && event.preventDefault());
  list.addEventListener("click", (event) => event.pointerType === "touch" && shown && event.preventDefault());
})();
