// What stands left and right of the divider: the original, or any variant of the picture, of any job.
"use strict";

batchquant.sides = (() => {
  const { cards, choice, detailsOf } = batchquant;
  const loaded = new Map(); // numbers of cards of one picture → their details
  const sides = { left: "original", right: undefined }; // else number, K and start

  let turn = 0;
  const isSame = (a, b) => a.folder === b.folder && a.image === b.image && a.frame === b.frame;

  // Numbers of the cards that show the picture of one of them: one of each job.
  function jobsOf(number) {
    return [...cards.keys()].filter((each) => isSame(cards[each], cards[number]));
  }

  const numberFor = (number, job) =>
    job === undefined ? number : jobsOf(number).find((each) => cards[each].job === job) ?? number;

  // Whether a picture is loaded, and those of other jobs that it is to be compared with.
  function canOpen({ image, left, right }) {
    if (!cards[image]) return false;
    if (cards.length === Number(document.body.dataset.images)) return true;
    const jobs = [left?.job, right?.job].filter((job) => job !== undefined);
    return jobs.every((job) => jobsOf(image).some((number) => cards[number].job === job));
  }

  async function load(number) {
    const details = await detailsOf(number);
    if (!details) throw new Error("no details");
    loaded.set(number, details);
  }

  const variantOf = ({ number, k, init }) =>
    loaded.get(number).variants.find((each) => each.k === k && each.init === init);

  // What is wished for, as far as there is such a variant; else the one to begin with.
  function settle(number, wish) {
    const told = { number, k: wish?.k, init: wish?.init };
    if (wish?.isTold && variantOf(told)) return told;
    const { variants } = loaded.get(number);
    const done = variants.filter((variant) => variant.status === "done");
    const shown = done.length ? done : variants;
    const ks = shown.map((variant) => variant.k);
    const card = cards[number];
    const k = ks.includes(wish?.k) ? wish.k : choice.ownK(card, ks);
    const inits = shown.filter((variant) => variant.k === k).map((variant) => variant.init);
    if (inits.includes(wish?.init)) return { number, k, init: wish.init };
    return { number, k, init: inits.includes(card.best?.[1]) ? card.best[1] : inits[0] };
  }

  // Opens a picture: what was compared before is kept, as far as it is made of this one, too. Returns
  // whether it is open, and not another, which was asked for meanwhile.
  async function open(number, wishes) {
    turn += 1;
    const mine = turn;
    const jobs = { left: sides.left.number, right: sides.right?.number };
    loaded.clear();
    await load(number);
    if (mine !== turn) return false;
    for (const name of ["left", "right"]) {
      const kept = sides[name]?.k ? { ...sides[name], job: cards[jobs[name]]?.job } : sides[name];
      const wish = wishes[name] ?? kept;
      if (wish === "original") {
        sides[name] = wish;
        continue;
      }
      const isKeptRight = name === "right" && !wishes[name]; // whose job is that of the picture
      const from = numberFor(number, isKeptRight ? undefined : wish?.job);
      await load(from);
      if (mine !== turn) return false;
      sides[name] = settle(from, wish);
    }
    return true;
  }

  // Shows the original, or of a card what the side showed of another, as far as there is that.
  async function show(name, number) {
    if (number === "original") {
      sides[name] = number;
      return;
    }
    await load(number);
    const { k, init } = sides[name] === "original" ? sides[name === "left" ? "right" : "left"] : sides[name];
    sides[name] = settle(number, { k, init });
  }

  // Shows what differs from the other side: of the same card as there, a neighboring K, the fewer colors, or another start.
  async function showApart(name, number) {
    await show(name, number);
    const [side, other] = [sides[name], sides[name === "left" ? "right" : "left"]];
    if (["number", "k", "init"].some((each) => side[each] !== other[each])) return;
    const done = loaded.get(number).variants.filter((variant) => variant.status === "done");
    const ofStart = done.filter(({ init }) => init === side.init).sort((a, b) => a.k - b.k);
    const at = ofStart.findIndex(({ k }) => k === side.k);
    const apart = ofStart[at - 1] ?? ofStart[at + 1] ?? done.find(({ init }) => init !== side.init);
    if (apart) choose(name, apart.k, apart.init);
  }

  function choose(name, k, init) {
    sides[name] = { ...sides[name], k, init };
  }

  // How the address says it.
  function told(name, number) {
    const side = sides[name];
    if (side === "original") return side;
    const { k, init } = side;
    return side.number === number ? { k, init } : { k, init, job: cards[side.number].job };
  }

  // What each job made of a picture.
  async function rowsOf(number) {
    const numbers = jobsOf(number);
    await Promise.all(numbers.map((each) => load(each).catch(() => {})));
    return numbers.filter((each) => loaded.has(each)).map((each) => ({ number: each, variants: loaded.get(each).variants }));
  }

  const detailsFor = (name) => loaded.get(sides[name].number);
  const previewOf = (number) => loaded.get(number).preview;
  return { sides, previewOf, jobsOf, rowsOf, canOpen, open, show, showApart, choose, told, variantOf, detailsFor };
})();
