// Picks → what other programs read, and back.
"use strict";

(() => {
  const { cards, choice, picks, say } = batchquant;
  const at = (id) => document.getElementById(id);

  // Names of files hold anything: between single quotes a shell takes all but these as it is.
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  function copying({ path }) {
    const folder = `picks/${path}`.replace(/\/[^/]*$/, "");
    return `mkdir -p ${quote(folder)} && cp ${quote(`./${path}`)} ${quote(`${folder}/`)}`;
  }

  const FORMS = {
    json: (all) => `${JSON.stringify({ picks: all }, null, 1)}\n`,
    txt: (all) => all.map(({ path }) => `${path}\n`).join(""),
    sh: (all) => `# In the output folder:\n${all.map((pick) => `${copying(pick)}\n`).join("")}`,
  };

  function save() {
    const kind = at("picks-form").value;
    const url = URL.createObjectURL(new Blob([FORMS[kind](picks.all())], { type: "text/plain" }));
    const anchor = batchquant.element("a", { href: url, download: `picks.${kind}` });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(url));
  }

  async function copy() {
    const text = FORMS[at("picks-form").value](picks.all());
    const isCopied = await navigator.clipboard.writeText(text).then(() => true, () => false);
    tell(isCopied ? "Copied." : "The browser does not let pages copy: save them.");
  }

  async function take(file) {
    const n = picks.take(await file.text());
    tell(n === null ? `${file.name} has no picks: choose a file that was saved as JSON.` : `Loaded: ${say.count(n)}.`);
  }

  const tell = (text) => (at("picks-told").textContent = text);

  function show() {
    const n = picks.all().length;
    at("picks-count").textContent = `${say.count(n)} pick${n === 1 ? "" : "s"}`;
    for (const id of ["picks-save", "picks-copy", "picks-clear"]) at(id).disabled = n === 0;
  }

  function pickOf(item) {
    const number = Number(item.dataset.number);
    const shown = choice.of(cards[number]);
    if (shown) picks.toggle(number, shown.k, shown.init);
  }

  at("cards").addEventListener("click", (event) => {
    if (event.target.closest(".star")) pickOf(event.target.closest("li"));
  });
  at("cards").addEventListener("keydown", (event) => {
    if (event.target.closest(".source") || event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    pickOf(event.target.closest("li"));
  });
  at("picks-save").addEventListener("click", save);
  at("picks-copy").addEventListener("click", copy);
  at("picks-clear").addEventListener("click", () => {
    if (confirm("Forget all picks of this page?")) picks.clear();
  });
  at("picks-file").addEventListener("change", ({ target }) => {
    if (target.files[0]) take(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  });
  picks.onChange(show);
  show();
})();
