// The gallery: cards of all pictures, filtered and sorted.
"use strict";

batchquant.gallery = (() => {
  const { cards, choice, element, labelOf, nameOfJob, partsOf, picks, say, wall, words } = batchquant;
  const STEP = 60; // cards that are added at a time
  const form = document.getElementById("filters");
  const list = document.getElementById("cards");
  const more = document.getElementById("more");
  const found = document.getElementById("found");
  const clear = document.getElementById("clear");
  let chosen = []; // numbers of pictures, in the order shown
  let timer = 0;
  let columns = null; // where each job has one: its place, from 1
  const MAX_COLUMNS = 12;
  const MAX_FOLDERS = 500; // that can be chosen from; parts of a path can be typed
  const { images, pictures } = document.body.dataset;
  const isOnce = images === pictures; // else jobs show the same ones, each on a card of its own
  const folders = new Set();
  let nLearned = 0;
  let nShown = 0; // cards in the list, which may have originals between them
  let nLooked = 0; // at which it was looked whether they are chosen
  let named = new Set(); // pictures among these, where several cards may show one
  let later = 0;
  const PAUSE = 200; // milliseconds without further folders

  let collator = null; // made when it is needed, since that takes 20 ms
  const byText = (a, b) => (collator ??= new Intl.Collator("en", { numeric: true })).compare(a, b);
  const pixels = (card) => (card.width || 0) * (card.height || 0);
  const pictureOf = (card) => [card.folder, card.image, card.frame].join("/");
  const textual = (text) => [text, byText];
  const falling = (figure) => [figure, (a, b) => b - a];
  const rising = (figure) => [figure, (a, b) => (a < b ? -1 : Number(a > b))]; // infinities among them

  let begun = new Set(); // pictures of which something is done; a row of the others has nothing to see

  // What is sorted by, and how; figures are those of what is shown.
  const ORDERS = {
    name: textual(labelOf),
    picture: [(card) => [!begun.has(pictureOf(card)), pictureOf(card)], (a, b) => a[0] - b[0] || byText(a[1], b[1])],
    size: falling(pixels),
    psnr: rising((card) => choice.of(card)?.psnr),
    delta: falling((card) => choice.of(card)?.deltaE),
    knee: falling((card) => card.knee),
    gain: falling(choice.gainOf),
  };

  // What is not known stands last; of equals the order of the report remains.
  function sort([figure, compare]) {
    const values = new Map(chosen.map((number) => [number, figure(cards[number]) ?? null]));
    const known = chosen.filter((number) => values.get(number) !== null);
    known.sort((a, b) => compare(values.get(a), values.get(b)) || a - b);
    chosen = [...known, ...chosen.filter((number) => values.get(number) === null)];
  }

  const STATUSES = {
    short: (card) => card.target !== null && !card.best && card.settled && choice.of(card) !== null,
  };

  function isIn(card, folder) {
    return !folder || `${card.folder}/${card.image}`.startsWith(`${folder}/`);
  }

  // Looks at what has come since, or at all again.
  function choose(begin = 0) {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    const isOfStatus = STATUSES[wanted.status] ?? ((each) => each.status === wanted.status);
    const isWanted = (card) => {
      if (wanted.job && `=${card.job}` !== wanted.job) return false;
      if (!isIn(card, wanted.folder)) return false;
      if (wanted.status && !isOfStatus(card)) return false;
      if (wanted.picks && !picks.ofCard(card).length) return false;
      const label = words.length ? labelOf(card).toLowerCase() : "";
      return words.every((word) => label.includes(word));
    };
    if (!begin) [chosen, named] = [[], new Set()];
    for (nLooked = begin; nLooked < cards.length; nLooked++) {
      if (!isWanted(cards[nLooked])) continue;
      chosen.push(nLooked);
      if (!isOnce) named.add(pictureOf(cards[nLooked]));
    }
    if (wanted.sort && !begin) {
      begun = new Set(cards.filter((card) => choice.of(card)).map(pictureOf));
      sort(ORDERS[wanted.sort]);
    }
  }

  function show() {
    wall.showPicked(Boolean(form.elements.picks.value));
    choose();
    list.replaceChildren();
    nShown = 0;
    list.dataset.sort = form.elements.sort.value;
    setColumns(form.elements.sort.value === "picture");
    append();
    tellFound();
  }

  // A column for originals, and one for each job, in their order; of each picture they stand in that order, too.
  function setColumns(isWished) {
    const jobs = [...new Set([...chosen].sort((a, b) => a - b).map((number) => cards[number].job))];
    const isTable = isWished && jobs.length > 1 && jobs.length <= MAX_COLUMNS;
    columns = isTable ? new Map(jobs.map((job, place) => [job, place + 2])) : null;
    list.classList.toggle("columns", isTable);
    list.style.setProperty("--columns", jobs.length + 1);
  }

  function tellFound() {
    const n = isOnce ? chosen.length : named.size;
    const whole = say.number(Number(pictures), "picture");
    const all = n === Number(pictures) ? whole : `${say.count(n)} of ${whole}`;
    found.textContent = isOnce ? all : `${all}, ${say.number(chosen.length, "card")}`;
    const isFiltered = [...new FormData(form)].some(([name, value]) => name !== "sort" && value.trim());
    clear.hidden = !isFiltered;
    document.getElementById("is-filtered").hidden = !isFiltered;
    document.getElementById("none").hidden = chosen.length > 0;
  }

  function append() {
    const end = Math.min(chosen.length, nShown + STEP);
    for (; nShown < end; nShown++) {
      const [before, number] = [chosen[nShown - 1], chosen[nShown]];
      const isFirst = before === undefined || pictureOf(cards[before]) !== pictureOf(cards[number]);
      list.append(...(columns && isFirst ? [drawOriginal(number)] : []), draw(number));
    }
    more.hidden = nShown >= chosen.length;
  }

  // What stands before all that was made of a picture.
  function drawOriginal(number) {
    const thumb = element("div", { className: "thumb" }, wall.original(cards[number]));
    const name = element("span", { className: "of" }, partsOf(cards[number])[0]);
    const told = element("span", { className: "faint" }, "original");
    const anchor = element("a", { href: `#image=${number}` }, thumb, name, " ", told);
    return element("li", { className: "source" }, anchor);
  }

  // A job that varies keys is named by them, which are explained, and begin a line where there is no room.
  function tellJob(card) {
    const keys = nameOfJob(card).split(/(?<=,)/);
    const meanings = keys.map((key) => words.get(key.split("=")[0].split("~").at(-1))).filter(Boolean);
    return element("span", { className: "path job", title: meanings.join(" ") }, ...keys.flatMap((key) => [key, element("wbr")]));
  }

  function tellPlace(place) {
    return element("span", { className: "path" }, element("bdi", { dir: "ltr" }, place));
  }

  function draw(number) {
    const card = cards[number];
    const [name, place] = partsOf(card);
    const anchor = element(
      "a",
      { href: `#image=${number}` },
      element("div", { className: "thumb" }, wall.blank(card)),
      element("div", { className: "stripe" }),
      element("span", { className: "name", title: labelOf(card) }, name),
      columns ? tellJob(card) : tellPlace(place),
      element("span", { className: "figures" }),
    );
    const star = element("button", { type: "button", className: "star", "aria-label": `Pick ${name}` });
    const item = element("li", { className: card.status }, anchor, star);
    if (columns) item.style.gridColumn = columns.get(card.job);
    item.dataset.number = number;
    wall.watch(item);
    return item;
  }

  // Returns the next picture in the order shown, or null at either end.
  function neighbor(number, step) {
    const at = chosen.indexOf(number);
    return at < 0 ? null : chosen[at + step] ?? null;
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, cards.length > 5000 ? 120 : 0);
  });
  clear.addEventListener("click", () => {
    const order = form.elements.sort.value;
    form.reset();
    form.elements.sort.value = order;
    form.elements.text.focus();
    show();
  });
  // What is sorted by figures of variants changes its order with them, once the slider is let go.
  wall.onChange(() => {
    clearTimeout(timer);
    if (["psnr", "delta", "gain"].includes(form.elements.sort.value)) timer = setTimeout(show, 400);
  });
  picks.onChange(() => form.elements.picks.value && show());
  more.addEventListener("click", append);
  // Observed anew, it is told again where it is still in sight: a tall window holds several steps.
  const end = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    append();
    end.unobserve(more);
    end.observe(more);
  }, { rootMargin: "800px" });
  end.observe(more);

  // Folders of inputs and those below them, as a tree.
  function learnFolders(isWhole) {
    const before = folders.size;
    for (; nLearned < cards.length; nLearned++) {
      const { folder, image } = cards[nLearned];
      const parts = [folder, ...image.split("/").slice(0, -1)];
      for (let depth = 1; depth <= parts.length; depth++) folders.add(parts.slice(0, depth).join("/"));
    }
    if (folders.size === before) return;
    clearTimeout(later);
    if (isWhole) listFolders();
    else later = setTimeout(listFolders, PAUSE); // rather than with each page of cards
  }

  function listFolders() {
    const { folder } = form.elements;
    const { value } = folder;
    const all = [...folders].sort(byText).slice(0, MAX_FOLDERS);
    folder.replaceChildren(element("option", { value: "" }, "all"), ...all.map(folderOption));
    folder.value = value;
    folder.parentElement.hidden = folders.size < 2;
  }

  function folderOption(path) {
    const parts = path.split("/");
    return element("option", { value: path }, "\u2003".repeat(parts.length - 1) + parts.at(-1));
  }

  batchquant.onCards(() => {
    const isWhole = cards.length === Number(images);
    learnFolders(isWhole);
    if (!list.children.length || (isWhole && form.elements.sort.value)) return show();
    // Sorted is what is whole; in the order of the report, what comes later only lengthens the list.
    choose(nLooked);
    tellFound();
    more.hidden = nShown >= chosen.length;
  });
  return { neighbor };
})();
