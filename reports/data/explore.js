// Linked panels of a posterior: scatter plots and histograms of the quantities shown, ranges that select points, and a
// table of one point. All state is in the address's fragment (#show=..&range=..&point=..&colour=..), so that a view can
// be kept as a bookmark. Texts from the chain are set as textContent only.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const quantities = data.quantities, counts = data.counts, n = counts.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const SVG = "http://www.w3.org/2000/svg", CELL = 150, GAP = 10, LEFT = 78, BOTTOM = 56, TOP = 6, BINS = 24, STEPS = 200;
  const COLOURS = ["#8e44ad", "#3b78c2", "#1f9e89", "#4dac26", "#c9a400", "#e6550d"];
  const state = { shown: data.shown.slice(), ranges: new Map(), picked: data.best, colour: -1 };
  let drag = null;

  // ---- scales: every quantity in its plot coordinate, log10 where it is logarithmic
  for (const q of quantities) {
    q.at = q.values.map(value => (value === null ? NaN : q.log ? Math.log10(value) : value));
    const finite = q.at.filter(Number.isFinite);
    const low = finite.length ? Math.min(...finite) : 0, high = finite.length ? Math.max(...finite) : 1;
    const margin = 0.04 * (high - low) || Math.abs(low) * 1e-3 || 1;
    q.low = low - margin;
    q.high = high + margin;
    q.title = q.name + (q.unit ? ` [${q.unit}]` : "") + (q.group === "ln L" ? " (ln L)" : "");
  }

  function text(value, digits = 4) {
    if (value === null || !Number.isFinite(value)) return "–";
    const [mantissa, power] = value.toPrecision(digits).split("e");
    if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) {
      const [front, exponent] = value.toExponential(digits - 1).split("e");
      return `${Number(front)}e${Number(exponent)}`.replaceAll("-", "−");
    }
    return (power ? value.toString() : String(Number(mantissa))).replaceAll("-", "−");
  }
  const shownValue = (q, at, digits = 4) => (q.codes.length ? q.codes[Math.round(at)] ?? text(at) : text(q.log ? 10 ** at : at, digits));

  function ticks(q) {
    if (q.codes.length) return q.codes.map((name, i) => [i, name]).filter(([at]) => at > q.low && at < q.high);
    const span = q.high - q.low;
    if (q.log && span > 0.8) {
      const found = [];
      for (const steps of [[1], [1, 3], [1, 2, 5]]) {
        found.length = 0;
        for (let k = Math.floor(q.low); k <= q.high; k++)
          for (const step of steps) if (k + Math.log10(step) > q.low && k + Math.log10(step) < q.high)
            found.push([k + Math.log10(step), text(step * 10 ** k, 1)]);
        if (found.length >= 3) break;
      }
      const every = Math.ceil(found.length / 4);
      return found.filter((_, i) => i % every === 0);
    }
    const ends = q.log ? [10 ** q.low, 10 ** q.high] : [q.low, q.high], width = ends[1] - ends[0];
    const rough = width / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([1, 2, 5, 10].find(factor => factor * power >= rough) ?? 10);
    const found = [];
    for (let k = Math.ceil(ends[0] / step); k * step < ends[1]; k++) {
      const value = Number((k * step).toPrecision(10));
      found.push([q.log ? Math.log10(value) : value, text(value, 6)]);
    }
    return found;
  }

  // ---- elements
  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  function svg(tag, attributes = {}, content = "") {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (content) node.textContent = content;
    return node;
  }
  const root = document.getElementById("explorer");
  const panels = element("section", { id: "panels", "aria-label": "Panels" });
  const controls = element("section", { id: "controls", "aria-label": "Selection" });
  const point = element("section", { id: "point", "aria-label": "One point" });
  root.append(panels, controls, point);

  // ---- selection
  function selected() {
    const mask = new Array(n).fill(true);
    for (const [index, [low, high]] of state.ranges)
      for (let i = 0; i < n; i++) mask[i] = mask[i] && quantities[index].at[i] >= low && quantities[index].at[i] <= high;
    return mask;
  }
  function setRange(index, low, high) {
    const q = quantities[index];
    low = Math.max(low, q.low);
    high = Math.min(high, q.high);
    if (low <= q.low && high >= q.high) state.ranges.delete(index);
    else state.ranges.set(index, [low, high]);
  }
  function quantile(q, mask, probability) {
    const order = [];
    for (let i = 0; i < n; i++) if (mask[i] && counts[i] && Number.isFinite(q.at[i])) order.push(i);
    order.sort((a, b) => q.at[a] - q.at[b]);
    let sum = 0, reached = 0;
    for (const i of order) sum += counts[i];
    for (const i of order) if ((reached += counts[i]) >= probability * sum) return q.at[i];
    return NaN;
  }

  // ---- panels: built when the quantities shown change, updated when the selection does
  let cells = [];
  function build() {
    const m = state.shown.length, size = LEFT + m * (CELL + GAP), height = TOP + m * (CELL + GAP) + BOTTOM;
    const picture = svg("svg", { viewBox: `0 0 ${size} ${height}`, role: "img" });
    picture.style.maxWidth = `${1.3 * Math.max(size, 420)}px`;
    picture.setAttribute("aria-label", `Scatter plots and histograms of ${state.shown.map(k => quantities[k].name).join(", ")}`);
    cells = [];
    state.shown.forEach((down, i) => state.shown.slice(0, i + 1).forEach((across, j) => {
      const group = svg("g", { transform: `translate(${LEFT + j * (CELL + GAP)},${TOP + i * (CELL + GAP)})` });
      const cell = { x: across, y: down, histogram: i === j, group, marks: svg("g") };
      group.append(svg("rect", { class: "frame", width: CELL, height: CELL }), cell.marks);
      const hit = svg("rect", { class: "hit", width: CELL, height: CELL });
      hit.addEventListener("pointerdown", event => start(event, cell, hit));
      hit.addEventListener("pointermove", event => move(event, cell, hit));
      hit.addEventListener("pointerup", event => end(event, cell, hit));
      group.append(hit);
      if (i === m - 1) axis(group, quantities[across], true);
      if (j === 0 && i > 0) axis(group, quantities[down], false);
      cells.push(cell);
      picture.append(group);
    }));
    panels.replaceChildren(picture);
  }
  const place = (q, at) => (at - q.low) / (q.high - q.low) * CELL;
  function axis(group, q, below) {
    for (const [at, label] of ticks(q)) {
      const p = place(q, at);
      if (p < 7 || p > CELL - 7) continue; // it would touch the next panel's
      group.append(below ? svg("text", { class: "tick", x: p, y: CELL + 13, "text-anchor": "middle" }, label)
        : svg("text", { class: "tick", x: -5, y: CELL - p + 3, "text-anchor": "end" }, label));
    }
    const short = q.title.length > 26 ? q.title.slice(0, 25) + "…" : q.title;
    const label = below ? svg("text", { x: CELL / 2, y: CELL + 32, "text-anchor": "middle" }, short)
      : svg("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(${-LEFT + 14},${CELL / 2}) rotate(-90)` }, short);
    label.append(svg("title", {}, q.title));
    group.append(label);
  }
  function classes() { // index of the colour of each point
    if (state.colour < 0) return null;
    const q = quantities[state.colour];
    if (q.codes.length) return q.at.map(at => Math.round(at) % COLOURS.length);
    const all = new Array(n).fill(true), edges = [];
    for (let k = 1; k < COLOURS.length; k++) edges.push(quantile(q, all, k / COLOURS.length));
    return q.at.map(at => edges.filter(edge => at > edge).length);
  }
  function update() {
    const mask = selected(), colours = classes();
    for (const cell of cells) {
      const marks = cell.histogram ? histogram(quantities[cell.x], mask) : scatter(cell, mask, colours);
      cell.marks.replaceChildren(...marks, ...brush(cell));
    }
    describe(mask);
    choices();
    showPoint();
    remember();
  }
  function scatter(cell, mask, colours) {
    const x = quantities[cell.x], y = quantities[cell.y], paths = new Map([["others", []]]);
    for (let i = 0; i < n; i++) {
      if (!Number.isFinite(x.at[i]) || !Number.isFinite(y.at[i])) continue;
      const key = !mask[i] ? "others" : colours ? colours[i] : "chosen";
      if (!paths.has(key)) paths.set(key, []);
      paths.get(key).push(`M${place(x, x.at[i]).toFixed(1)} ${(CELL - place(y, y.at[i])).toFixed(1)}h0`);
    }
    const marks = [];
    for (const [key, pieces] of paths) {
      const path = svg("path", { class: key === "others" ? "others" : "chosen", d: pieces.join(""), "data-points": pieces.length });
      if (typeof key === "number") path.style.stroke = COLOURS[key];
      if (pieces.length) marks.push(path);
    }
    const at = state.picked;
    if (at >= 0 && Number.isFinite(x.at[at]) && Number.isFinite(y.at[at]))
      marks.push(svg("circle", { class: "picked", cx: place(x, x.at[at]), cy: CELL - place(y, y.at[at]), r: 5 }));
    return marks;
  }
  function histogram(q, mask) {
    const all = new Array(BINS).fill(0), chosen = new Array(BINS).fill(0);
    for (let i = 0; i < n; i++) {
      const bin = Math.floor(place(q, q.at[i]) / CELL * BINS);
      if (!(bin >= 0 && bin < BINS)) continue;
      all[bin] += counts[i];
      if (mask[i]) chosen[bin] += counts[i];
    }
    const outline = heights => {
      const top = Math.max(...heights, 1);
      return heights.map((h, k) => `${k ? "L" : "M"}${k * CELL / BINS} ${CELL - 0.92 * CELL * h / top}h${CELL / BINS}`).join("");
    };
    const area = svg("path", { class: "bars", d: `${outline(chosen)}V${CELL}H0Z`, "data-sum": chosen.reduce((a, b) => a + b, 0) });
    return [area, svg("path", { class: "all", d: outline(all) })];
  }
  function brush(cell) {
    const x = state.ranges.get(cell.x), y = cell.histogram ? undefined : state.ranges.get(cell.y);
    if (!x && !y) return [];
    const [left, right] = (x ?? [quantities[cell.x].low, quantities[cell.x].high]).map(at => place(quantities[cell.x], at));
    const [low, high] = cell.histogram ? [0, CELL]
      : (y ?? [quantities[cell.y].low, quantities[cell.y].high]).map(at => place(quantities[cell.y], at));
    return [svg("rect", { class: "brush", x: left, y: CELL - high, width: right - left, height: high - low })];
  }

  // ---- pointer
  function spot(event, hit) {
    const box = hit.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height].map(v => Math.min(1, Math.max(0, v)));
  }
  function start(event, cell, hit) {
    drag = { cell, from: spot(event, hit), moved: false };
    try { hit.setPointerCapture(event.pointerId); } catch { /* a pointer that is already gone */ }
  }
  function move(event, cell, hit) {
    if (!drag || drag.cell !== cell) return;
    const to = spot(event, hit);
    if (!drag.moved && Math.hypot(to[0] - drag.from[0], to[1] - drag.from[1]) < 0.03) return;
    drag.moved = true;
    const stretch = (q, a, b) => [q.low + Math.min(a, b) * (q.high - q.low), q.low + Math.max(a, b) * (q.high - q.low)];
    setRange(cell.x, ...stretch(quantities[cell.x], drag.from[0], to[0]));
    if (!cell.histogram) setRange(cell.y, ...stretch(quantities[cell.y], drag.from[1], to[1]));
    update();
  }
  function end(event, cell, hit) {
    if (drag && drag.cell === cell && !drag.moved) {
      if (cell.histogram) state.ranges.delete(cell.x);
      else state.picked = nearest(cell, spot(event, hit));
      update();
    }
    drag = null;
  }
  function nearest(cell, [u, v]) {
    const x = quantities[cell.x], y = quantities[cell.y];
    let best = state.picked, least = Infinity;
    for (let i = 0; i < n; i++) {
      const distance = (place(x, x.at[i]) / CELL - u) ** 2 + (place(y, y.at[i]) / CELL - v) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  // ---- controls
  const stateLine = element("p", { id: "state", role: "status" });
  const statistics = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Statistics" });
  const sliders = element("div"), legend = element("div", { class: "row", id: "legend" });
  const shownBox = element("div", { class: "row" });
  const picker = (label, first) => {
    const list = element("select", { "aria-label": label }, element("option", { value: "" }, first));
    for (const group of ["parameters", "predictions", "ln L"]) {
      const part = element("optgroup", { label: group });
      quantities.forEach((q, k) => q.group === group && part.append(element("option", { value: k }, q.name)));
      list.append(part);
    }
    return list;
  };
  const add = picker("Add a quantity", "add a quantity…"), tint = picker("Colour by", "one colour");
  add.addEventListener("change", () => {
    const k = Number(add.value);
    if (add.value !== "" && !state.shown.includes(k)) state.shown.push(k);
    add.value = "";
    rebuild();
  });
  tint.addEventListener("change", () => { state.colour = tint.value === "" ? -1 : Number(tint.value); update(); });
  const reset = element("button", { type: "button" }, "clear all ranges");
  reset.addEventListener("click", () => { state.ranges.clear(); update(); });
  controls.append(
    element("h2", {}, "Selection"), stateLine, element("div", { class: "row" }, reset), statistics,
    element("h2", {}, "Shown"), shownBox, element("div", { class: "row" }, add),
    element("div", { class: "row" }, element("label", {}, "colour by "), tint), legend,
    element("h2", {}, "Ranges"), sliders);

  function describe(mask) {
    let points = 0, weight = 0;
    for (let i = 0; i < n; i++) if (mask[i]) { points++; weight += counts[i]; }
    stateLine.textContent = `${points} of ${n} points, ${(100 * weight / total).toFixed(1)}% of the posterior`;
    const every = new Array(n).fill(true), body = element("tbody");
    for (const k of state.shown) {
      const q = quantities[k], row = element("tr", {}, element("th", { scope: "row", class: "text", title: q.title }, q.name));
      for (const used of [every, mask]) {
        const [low, middle, high] = [0.16, 0.5, 0.84].map(p => shownValue(q, quantile(q, used, p), 3));
        row.append(element("td", {}, `${middle} [${low}, ${high}]`));
      }
      body.append(row);
    }
    const head = element("tr", {}, ...["quantity", "all: median, 68%", "selected"].map(t => element("th", { scope: "col", class: "text" }, t)));
    statistics.replaceChildren(element("table", {}, element("caption", {}, "Posterior and selection"), element("thead", {}, head), body));
    const q = quantities[state.colour];
    legend.replaceChildren(...(q ? COLOURS.map((colour, k) => {
      const edge = k / COLOURS.length, dot = element("i");
      dot.style.background = colour;
      const label = q.codes.length ? q.codes[k] : k === 0 ? "lowest sixth" : `from ${shownValue(q, quantile(q, every, edge))}`;
      return label === undefined ? "" : element("span", { class: "key" }, dot, label);
    }) : []));
  }
  function choices() { // sliders and buttons; a slider in use is only read, never replaced
    if (sliders.contains(document.activeElement) && document.activeElement.type === "range") return refresh();
    shownBox.replaceChildren(...state.shown.map(k => {
      const button = element("button", { type: "button", "aria-label": `Hide ${quantities[k].name}` }, `${quantities[k].name} ×`);
      button.addEventListener("click", () => { if (state.shown.length > 1) state.shown.splice(state.shown.indexOf(k), 1); rebuild(); });
      return button;
    }));
    sliders.replaceChildren(...[...new Set([...state.shown, ...state.ranges.keys()])].map(k => {
      const q = quantities[k], clear = element("button", { type: "button", "aria-label": `Clear the range of ${q.name}` }, "clear");
      clear.addEventListener("click", () => { state.ranges.delete(k); update(); });
      const make = end => {
        const input = element("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": `${q.name} ${end}`, "data-quantity": k, "data-end": end });
        input.addEventListener("input", () => {
          const [low, high] = ["from", "to"].map(e => Number(box.querySelector(`[data-end="${e}"]`).value) / STEPS);
          setRange(k, q.low + Math.min(low, high) * (q.high - q.low), q.low + Math.max(low, high) * (q.high - q.low));
          update();
        });
        return input;
      };
      const box = element("fieldset", {}, element("legend", {}, q.title, clear), make("from"), make("to"), element("output"));
      return box;
    }));
    refresh();
  }
  function refresh() {
    for (const input of sliders.querySelectorAll("input")) {
      const k = Number(input.dataset.quantity), q = quantities[k], range = state.ranges.get(k) ?? [q.low, q.high];
      const at = range[input.dataset.end === "from" ? 0 : 1];
      if (input !== document.activeElement) input.value = Math.round((at - q.low) / (q.high - q.low) * STEPS);
      input.parentElement.querySelector("output").textContent =
        state.ranges.has(k) ? `${shownValue(q, range[0])} to ${shownValue(q, range[1])}` : "whole range";
    }
  }

  // ---- one point
  function showPoint() {
    const i = state.picked;
    if (!(i >= 0)) return point.replaceChildren();
    const tables = ["parameters", "predictions", "ln L"].map(group => {
      const own = quantities.filter(q => q.group === group), body = element("tbody");
      const worst = Math.min(...own.map(q => q.values[i] ?? 0), -1e-9);
      for (const q of own) {
        const value = q.values[i], row = element("tr", {}, element("th", { scope: "row", class: "text" }, q.name + (q.unit ? ` [${q.unit}]` : "")));
        const cell = element("td", {}, q.codes.length && value !== null ? q.codes[value] ?? text(value) : text(value, 5));
        if (group === "ln L" && q.name !== "total" && value < 0) {
          const bar = element("span", { class: "bar", "aria-hidden": "true" });
          bar.style.width = `${4 * value / worst}em`;
          cell.prepend(bar, " ");
        }
        row.append(cell);
        body.append(row);
      }
      const head = element("tr", {}, ...["quantity", "value"].map(t => element("th", { scope: "col", class: "text" }, t)));
      return element("table", {}, element("caption", {}, group === "ln L" ? "ln L by likelihood" : `${group[0].toUpperCase()}${group.slice(1)}`), element("thead", {}, head), body);
    });
    const name = i === data.best ? `Point ${i + 1} (the best)` : `Point ${i + 1}`;
    const back = element("button", { type: "button" }, "best point");
    back.addEventListener("click", () => { state.picked = data.best; update(); });
    point.replaceChildren(element("h2", {}, name), element("div", { class: "row" }, back), 
      element("div", { class: "tables" }, element("div", {}, tables[0], tables[2]), tables[1]));
  }

  // ---- the address
  const key = k => `${quantities[k].group}/${quantities[k].name}`;
  const find = name => quantities.findIndex((_, k) => key(k) === name);
  function remember() {
    const parts = new URLSearchParams({ show: state.shown.map(key).join(" "), point: state.picked });
    if (state.ranges.size) parts.set("range", [...state.ranges].map(([k, [a, b]]) => `${key(k)}=${a.toPrecision(6)}:${b.toPrecision(6)}`).join(" "));
    if (state.colour >= 0) parts.set("colour", key(state.colour));
    try { history.replaceState(null, "", `#${parts}`); } catch { /* an address that cannot be changed */ }
  }
  function recall() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const shown = (parts.get("show") ?? "").split(" ").map(find).filter(k => k >= 0);
    if (shown.length) state.shown = [...new Set(shown)];
    for (const piece of (parts.get("range") ?? "").split(" ")) {
      const cut = piece.lastIndexOf("="), k = find(piece.slice(0, cut));
      const [low, high] = piece.slice(cut + 1).split(":").map(Number);
      if (k >= 0 && Number.isFinite(low) && Number.isFinite(high) && low <= high) setRange(k, low, high);
    }
    const picked = Number(parts.get("point") ?? NaN);
    if (Number.isInteger(picked) && picked >= 0 && picked < n) state.picked = picked;
    state.colour = find(parts.get("colour") ?? "");
    tint.value = state.colour >= 0 ? state.colour : "";
  }
  function rebuild() { build(); update(); }
  window.addEventListener("hashchange", () => { state.ranges.clear(); recall(); rebuild(); });
  recall();
  rebuild();
})();
