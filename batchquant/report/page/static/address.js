// What is compared ↔ the address: #image=23&left=original&right=k6,kmeans++,oklab&view=beside
"use strict";

batchquant.address = (() => {
  // A job's name may hold commas, and stands last.
  function readSide(text) {
    if (text === undefined || text === "original") return text;
    const [, k, init, job] = text.match(/^k(\d+),([^,]*)(?:,(.*))?$/s) ?? [];
    return k === undefined ? undefined : { k: Number(k), init, job, isTold: true };
  }

  // Returns what an address asks for; null where it is no picture.
  function read(hash) {
    const parts = hash.slice(1).split("&").map((part) => part.split(/=(.*)/s));
    const told = Object.fromEntries(parts.map(([name, text = ""]) => [name, decode(text)]));
    if (!/^\d+$/.test(told.image ?? "")) return null;
    return { image: Number(told.image), left: readSide(told.left), right: readSide(told.right), view: told.view };
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  const encode = (text) => encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%2B", "+").replaceAll("%3D", "=");

  function writeSide(side) {
    if (side === "original") return side;
    const job = side.job === undefined ? "" : `,${encode(side.job)}`;
    return `k${side.k},${encode(side.init)}${job}`;
  }

  function write(image, left, right, view) {
    const sides = [["left", left], ["right", right]].filter(([, side]) => side);
    const told = sides.map(([name, side]) => `&${name}=${writeSide(side)}`).join("");
    return `#image=${image}${told}${view ? `&view=${view}` : ""}`;
  }

  return { read, write };
})();
