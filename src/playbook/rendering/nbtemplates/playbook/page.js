"use strict";
/* What a page does by itself: draws its charts, sorts and filters its tables, says where the reader is. */
(() => {
  const ja = document.documentElement.lang === "ja";
  const say = ja
    ? { all: "すべて", find: "検索", reset: "絞り込みを解除", of: (n, m) => `${m} 件中 ${n} 件`, more: (n) => `ほか ${n} 件を表示`, rows: (n) => `${n} 件`,
        by: "絞り込み: ", owner: "担当者", client: "取引先", nochart: "図を描くファイルがありません。下の表をご覧ください。", print: "印刷" }
    : { all: "All", find: "Search", reset: "Clear filters", of: (n, m) => `${n} of ${m} rows`, more: (n) => `Show ${n} more`, rows: (n) => `${n} rows`,
        by: "Filtered by ", owner: "Owner", client: "Client", nochart: "The file that draws charts is missing. See the table below.", print: "Print" };
  const make = (name, props = {}, ...children) => {
    const node = Object.assign(document.createElement(name), props);
    node.append(...children);
    return node;
  };

  /* ---- tables: one model each ---- */
  const shownText = (cell) => (cell ? cell.dataset.value ?? cell.textContent.trim() : "");
  const headOf = (head) => head.dataset.called ?? head.textContent.trim();
  const sortValue = (cell) => (cell ? cell.dataset.sort ?? cell.textContent.trim() : "");
  const collator = new Intl.Collator(ja ? "ja" : "en", { numeric: true });
  const narrow = matchMedia("(max-width: 40rem)");
  /* The rows of a long table that stand at once, before one asks for more. */
  const atOnce = (model) => (model.whole ? Infinity : narrow.matches ? 12 : model.rows.length > 45 ? 30 : Infinity);
  const tables = [...document.querySelectorAll("table.pb-table")].map(modelled);

  function modelled(table, number) {
    const heads = [...table.querySelectorAll("thead tr:last-child th")];
    const keys = (table.dataset.filter || "").split(" ").filter(Boolean);
    const columns = new Map(heads.map((head, at) => [head.dataset.column, { head, at }]));
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.matches(".group, .more"));
    const model = { table, number, heads, rows, columns, keys: keys.filter((key) => columns.has(key)), selects: new Map() };
    if (rows.length > 1 && !table.matches(".pb-day, .compact")) heads.forEach((head, at) => sortable(model, head, at));
    if (table.matches(".pb-day, .compact")) return model; // sheets of people have one bar together
    if (model.keys.length || rows.length > 15) tools(model);
    if (heads.length > 2) stackable(model);
    return model;
  }

  /* On a phone a wide table is a list of blocks; each cell then says its own head. */
  function stackable(model) {
    const names = model.heads.map((head) => head.textContent.trim());
    for (const row of model.rows) [...row.cells].forEach((cell, at) => { cell.dataset.head = names[at] || ""; });
    model.table.classList.add("stacks");
    model.table.closest(".pb-scroll")?.classList.add("stacked");
  }

  function sortable(model, head, at) {
    // Not a <button>: browsers leave buttons out of the table heads they repeat on paper.
    const button = make("span", { className: "sort", tabIndex: 0 }, ...head.childNodes);
    button.setAttribute("role", "button");
    head.append(button);
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    });
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
      const order = next === undefined ? "ascending" : next;
      model.heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (order) head.setAttribute("aria-sort", order);
      for (const body of model.table.tBodies) sortBody(body, model.rows, at, order);
      printed(model);
    });
  }

  function sortBody(body, original, at, order) {
    const rows = original.filter((row) => row.parentNode === body);
    const sign = order === "descending" ? -1 : 1;
    if (order) rows.sort((a, b) => sign * compared(sortValue(a.cells[at]), sortValue(b.cells[at])));
    body.append(...rows);
  }

  /* Of a long table the first rows are printed, as they stand now; of one that is filtered all that are left. */
  function printed(model, active = model.table.classList.contains("whole")) {
    const most = Number(model.table.dataset.paper);
    if (!most) return;
    model.table.classList.toggle("whole", active);
    const sum = model.table.matches(".total") ? model.rows.at(-1) : null;
    [...model.table.tBodies].flatMap((body) => [...body.rows]).forEach((row, at) => row.classList.toggle("off-paper", !active && at >= most && row !== sum));
  }

  function compared(a, b) {
    if (a === "" || b === "") return (a === "") - (b === "");
    const [x, y] = [a, b].map((text) => Number(text.replace(/,|%$/g, "")));
    return Number.isNaN(x) || Number.isNaN(y) ? collator.compare(a, b) : x - y;
  }

  function tools(model) {
    const bar = make("div", { className: "pb-tools" });
    for (const key of model.keys) bar.append(choice(model, key));
    model.search = make("input", { type: "search", id: `find-${model.number}`, autocomplete: "off" });
    model.search.addEventListener("input", () => filtered(model));
    bar.append(make("label", {}, say.find, model.search));
    model.reset = make("button", { type: "button", textContent: say.reset, hidden: true });
    model.reset.addEventListener("click", () => { model.search.value = ""; tell({}); });
    model.shown = make("p", { className: "shown" });
    model.shown.setAttribute("aria-live", "polite");
    bar.append(model.reset, model.shown);
    model.more = make("button", { type: "button", className: "plain-button pb-more", hidden: true });
    model.more.addEventListener("click", () => { model.whole = true; filtered(model); });
    const box = model.table.closest(".pb-scroll") || model.table;
    box.before(bar);
    box.after(model.more);
  }

  function choice(model, key) {
    const { head, at } = model.columns.get(key);
    const values = [...new Set(model.rows.map((row) => shownText(row.cells[at])))].filter(Boolean).sort(collator.compare);
    const select = make("select", {}, make("option", { value: "", textContent: say.all }),
      ...values.map((value) => make("option", { value, textContent: value })));
    select.addEventListener("change", () => tell({ ...wanted(), [key]: select.value }));
    model.selects.set(key, select);
    return make("label", {}, headOf(head), select);
  }

  /* What people type for the same name: any width, either kana, and the older forms of letters in names. */
  const older = { 髙: "高", 﨑: "崎", 邉: "辺", 邊: "辺", 齋: "斎", 齊: "斎", 斉: "斎", 濵: "浜", 濱: "浜", 澤: "沢", 廣: "広", 國: "国", 德: "徳", 眞: "真", 櫻: "桜", 嶋: "島", 嶌: "島", 惠: "恵", 實: "実", 龍: "竜", 瀨: "瀬" };
  function folded(text) {
    return [...text.normalize("NFKC").toLowerCase()].map((letter) => older[letter] ?? letter).join("")
      .replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));
  }

  /* ---- the morning sheets: one bar for all of them; the numbers above follow what is shown ---- */
  const sheets = tables.filter((model) => model.table.classList.contains("pb-day"));
  const bar = sheets.length ? sheetBar() : null;
  function sheetBar() {
    const owners = [...new Set(sheets.map((sheet) => sheet.table.dataset.owner))];
    const clients = [...new Set(sheets.flatMap((sheet) => sheet.rows.map((row) => row.cells[2].dataset.value)))].filter(Boolean).sort(collator.compare);
    const box = make("div", { className: "pb-tools" });
    const selects = { owner: owners, client: clients };
    const made = {};
    for (const [key, values] of Object.entries(selects)) {
      if (values.length < 2) continue;
      made[key] = make("select", {}, make("option", { value: "", textContent: say.all }), ...values.map((value) => make("option", { value, textContent: value })));
      made[key].addEventListener("change", () => tell({ ...wanted(), [key]: made[key].value }));
      box.append(make("label", {}, say[key], made[key]));
    }
    const search = make("input", { type: "search", id: "find-sheet", autocomplete: "off" });
    search.addEventListener("input", () => sheetsFiltered());
    const reset = make("button", { type: "button", textContent: say.reset, hidden: true });
    reset.addEventListener("click", () => { search.value = ""; tell({}); });
    box.append(make("label", {}, say.find, search), reset);
    document.querySelector(".pb-sheets").before(box);
    const said = make("p", { className: "pb-narrowed", hidden: true });
    said.setAttribute("aria-live", "polite");
    document.querySelector(".cards")?.before(said);
    return { selects: made, search, reset, said };
  }

  function sheetsFiltered() {
    if (!bar) return;
    const filters = wanted();
    for (const [key, select] of Object.entries(bar.selects)) {
      if (filters[key] && ![...select.options].some((option) => option.value === filters[key])) select.append(make("option", { value: filters[key], textContent: filters[key] }));
      select.value = filters[key] || "";
    }
    const words = folded(bar.search.value).split(/\s+/).filter(Boolean);
    const active = [filters.owner, filters.client, bar.search.value.trim()].filter(Boolean);
    const counts = {};
    for (const { table, rows } of sheets) {
      const owner = folded(table.dataset.owner);
      for (const row of rows) {
        const text = words.length ? owner + folded(row.textContent) : "";
        row.classList.toggle("pb-filtered", (filters.owner && table.dataset.owner !== filters.owner)
          || (filters.client && row.cells[2].dataset.value !== filters.client) || !words.every((word) => text.includes(word)));
      }
      for (const body of table.tBodies) {
        const shown = [...body.rows].filter((row) => !row.matches(".group, .more, .pb-filtered"));
        const unlisted = filters.client || words.length ? 0 : Number(body.querySelector("tr.group b").textContent) - body.querySelectorAll("tr:not(.group, .more)").length;
        body.classList.toggle("pb-filtered", !shown.length);
        if (shown.length) counts[body.dataset.part] = (counts[body.dataset.part] || 0) + shown.length + unlisted;
      }
      table.classList.toggle("pb-filtered", [...table.tBodies].every((body) => body.classList.contains("pb-filtered")));
    }
    for (const cell of document.querySelectorAll(".compact td[data-value]")) {
      cell.parentNode.classList.toggle("pb-filtered", Boolean(filters.owner) && cell.dataset.value !== filters.owner);
    }
    for (const card of document.querySelectorAll(".card[data-part]")) {
      const value = card.querySelector(".card-value");
      value.dataset.all ??= value.textContent;
      value.textContent = active.length ? String(counts[card.dataset.part] || 0) : value.dataset.all;
    }
    bar.reset.hidden = bar.said.hidden = !active.length;
    bar.said.textContent = say.by + active.join(ja ? "、" : ", ");
    const whole = bar.said.previousElementSibling;
    if (whole?.tagName === "P") whole.hidden = active.length > 0;
  }

  /* ---- filters live in the address: #owner=...&status=... ---- */
  /* A link to a section takes their place there; they hold until others are chosen. */
  let chosen = {};
  function wanted() {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) chosen = Object.fromEntries(new URLSearchParams(hash));
    return chosen;
  }

  function tell(filters) {
    const kept = Object.entries(filters).filter(([, value]) => value);
    const hash = new URLSearchParams(kept).toString();
    chosen = Object.fromEntries(kept);
    try { history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search); } catch { location.hash = hash; }
    filterAll();
  }

  function filterAll() {
    const filters = wanted();
    for (const model of tables) {
      for (const [key, select] of model.selects) {
        const value = filters[key] || "";
        if (value && ![...select.options].some((option) => option.value === value)) select.append(make("option", { value, textContent: value }));
        select.value = value;
      }
      filtered(model);
    }
    for (const group of document.querySelectorAll(".pb-group")) {
      const other = Object.entries(filters).some(([key, value]) => group.dataset[key] !== undefined && group.dataset[key] !== value);
      group.classList.toggle("pb-filtered", other);
    }
    sheetsFiltered();
    return Object.keys(filters).length > 0;
  }

  function filtered(model) {
    if (!model.shown) return;
    const filters = [...model.selects].filter(([, select]) => select.value);
    const words = folded(model.search.value).split(/\s+/).filter(Boolean);
    const most = atOnce(model);
    let count = 0;
    for (const row of model.rows) {
      const text = words.length ? folded(row.textContent) : "";
      const fits = filters.every(([key, select]) => shownText(row.cells[model.columns.get(key).at]) === select.value)
        && words.every((word) => text.includes(word));
      row.classList.toggle("pb-filtered", !fits);
      count += fits;
      row.classList.toggle("pb-beyond", fits && count > most);
    }
    for (const body of model.table.tBodies) {
      const rows = [...body.rows].filter((row) => !row.classList.contains("group") && !row.classList.contains("pb-filtered"));
      const beyond = rows.every((row) => row.classList.contains("pb-beyond"));
      for (const head of body.querySelectorAll("tr.group")) {
        head.classList.toggle("pb-filtered", !rows.length);
        head.classList.toggle("pb-beyond", rows.length > 0 && beyond);
      }
    }
    model.more.hidden = count <= most;
    model.more.textContent = say.more(count - most);
    const active = filters.map(([key, select]) => `${headOf(model.columns.get(key).head)} ${select.value}`);
    if (words.length) active.push(model.search.value);
    model.reset.hidden = !active.length;
    printed(model, active.length > 0);
    // Few rows need no tools; a filter from the address is still said, and can be taken back.
    model.reset.parentNode.hidden = model.rows.length < 6 && !active.length;
    model.reset.parentNode.classList.toggle("filtering", active.length > 0);
    model.shown.textContent = active.length ? `${say.of(count, model.rows.length)}（${say.by}${active.join(ja ? "、" : ", ")}）`
      : model.table.dataset.all ? say.of(model.rows.length, model.table.dataset.all) : say.rows(model.rows.length);
    if (!ja) model.shown.textContent = model.shown.textContent.replace("（", " (").replace("）", ")");
  }

  addEventListener("hashchange", () => {
    if (!filterAll() || !location.hash.includes("=")) return;
    if (sheets.length && wanted().owner) { document.querySelector(".cards")?.scrollIntoView({ block: "center" }); return; }
    const first = tables.find((model) => [...model.selects.values()].some((select) => select.value));
    (first?.table.closest("section") || first?.table)?.scrollIntoView({ block: "start" });
  });
  filterAll();
  narrow.addEventListener("change", filterAll);

  /* A name, a day or a number of a few letters stays on one line. */
  const wide = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u00ff" ? 1 : 0.55), 0);
  for (const cell of document.querySelectorAll(".pb-table tbody td, .pb-table tbody small")) {
    cell.classList.toggle("short", wide(cell.textContent.trim()) <= 8.5);
  }

  /* A card made for a number sometimes holds a day or a name. */
  for (const value of document.querySelectorAll(".card-value")) {
    const width = wide(value.textContent.trim());
    value.classList.toggle("middling", width > 3.8 && width <= 6);
    value.classList.toggle("long", width > 6);
  }

  /* A box is scrolled only where its table is wider; then the keyboard must reach it. */
  const boxes = [...document.querySelectorAll(".pb-scroll")];
  const measure = () => boxes.forEach((box) => {
    const table = box.querySelector("table");
    const wider = table && table.offsetWidth > box.clientWidth + 1;
    box.classList.toggle("overflowing", Boolean(wider));
    if (box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  measure();
  addEventListener("resize", measure);
  document.addEventListener("toggle", measure, true);

  /* ---- charts take their colours from the page ---- */
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const charts = [...document.querySelectorAll('script[type="application/json"][data-for]')].map((data) => ({
    node: document.getElementById(data.dataset.for), figure: written(JSON.parse(data.textContent)),
  }));

  /* What traces have in common is written once: one is `like` an earlier one; an x that is a number is that trace's x. */
  function written(figure) {
    figure.data.forEach(({ like, ...own }, number) => {
      const trace = like === undefined ? own : { ...figure.data[like], ...own };
      if (typeof trace.x === "number") trace.x = figure.data[trace.x].x;
      figure.data[number] = trace;
    });
    return figure;
  }

  function template() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    const axis = { gridcolor: of("grid"), linecolor: of("grid"), zerolinecolor: of("grid"), tickcolor: of("grid"), automargin: true, title: { standoff: 10 } };
    return { layout: {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: of("sans"), size: 13, color: of("ink") },
      colorway: ["c1", "c2", "c3", "c4", "c5", "c6"].map(of),
      xaxis: axis, yaxis: axis, margin: { t: 16, r: 16, b: 44, l: 56 },
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      hoverlabel: { font: { family: of("sans") } }, bargap: 0.25, dragmode: false, separators: ".,",
    } };
  }

  /* The names of a Sankey diagram stand to the right of its nodes: a phone leaves them room. */
  function roomy(trace, width) {
    return trace.type === "sankey" && width < 500
      ? { ...trace, domain: { x: [0, 0.8] }, textfont: { size: 11 }, node: { ...trace.node, pad: 46 } } : trace;
  }

  function draw(chart, width) {
    const data = chart.figure.data.map((trace) => roomy(trace, width || chart.node.clientWidth));
    const layout = { template: template(), ...chart.figure.layout, autosize: !width };
    // A Sankey diagram moves to its new size: on paper it would be caught half-way.
    if (data.some((trace) => trace.type === "sankey")) Plotly.purge(chart.node);
    layout.height ??= Number(chart.node.dataset.height);
    if (width) layout.width = width;
    Plotly.react(chart.node, data, layout, { displayModeBar: false, responsive: true });
  }

  if (charts.length && typeof Plotly === "undefined") {
    for (const chart of charts) {
      chart.node.append(make("p", { className: "missing", textContent: say.nochart }));
      chart.node.closest("figure").querySelector("details")?.setAttribute("open", "");
    }
  } else if (charts.length) {
    /* What is seen is drawn first, the rest one by one when there is nothing else to do; on paper all of them. */
    const waiting = new Set(charts);
    const drawn = (chart) => { if (waiting.delete(chart)) draw(chart); };
    const drawAll = (width) => { waiting.clear(); charts.forEach((chart) => draw(chart, width)); };
    const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) =>
      drawn(charts.find((chart) => chart.node === entry.target))), { rootMargin: "300px" });
    charts.forEach((chart) => { chart.node.style.minHeight = `${chart.node.dataset.height}px`; seen.observe(chart.node); });
    const idle = window.requestIdleCallback ?? ((then) => setTimeout(then, 50));
    const rest = () => { const [next] = waiting; if (next) { drawn(next); idle(rest); } };
    idle(rest);
    dark.addEventListener("change", () => drawAll());
    /* 182 mm between the margins of A4, less the frame of the figure. */
    addEventListener("beforeprint", () => drawAll(650));
    addEventListener("afterprint", () => drawAll());
  }

  /* ---- contents: folded on a phone, the current section marked ---- */
  const contents = document.querySelector(".contents details");
  if (contents && matchMedia("(max-width: 67.99rem)").matches) contents.removeAttribute("open");
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const headings = [...document.querySelectorAll("main h2[id], main h3[id]")].filter((heading) => links.has(heading.id));
  const mark = () => {
    const current = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3).pop() || headings[0];
    for (const [id, link] of links) {
      if (current && id === current.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  if (headings.length) { mark(); addEventListener("scroll", mark, { passive: true }); }
})();
