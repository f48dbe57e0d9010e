// Draws the charts of a report from the data that came with it. A chart is a row of `charts`: from
// its data and the width there is to elements. Texts of a scenario only ever become text.
(() => {
  "use strict";
  const page = JSON.parse(document.getElementById("data").textContent);
  const number = new Intl.NumberFormat("en-US", {maximumSignificantDigits: 3});
  const whole = new Intl.NumberFormat("en-US", {maximumFractionDigits: 0});
  const percent = (x) => `${x > 0 ? "+" : ""}${(100 * x).toFixed(1)} %`;
  const colour = (i) => `var(--c${1 + (i % 10)})`;
  const kOther = "var(--c11)";

  function element(name, attributes, ...children) {
    const out = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) out.setAttribute(key, value);
    out.append(...children);
    return out;
  }

  function legend(entries) {
    return element("ul", {class: "legend"}, ...entries.map(([name, fill]) => {
      const swatch = element("i", {"aria-hidden": "true"});
      swatch.style.background = fill;
      return element("li", {}, swatch, name);
    }));
  }

  // Room for the longest of some texts beside an axis.
  const room = (texts, width) =>
    Math.min(0.42 * width, 16 + 6.4 * Math.max(...texts.map((t) => t.length)));

  const isNarrow = (width) => width < 480;

  // Names of bars, on two lines where one is too long.
  const nameAxis = (width) => Plot.axisY({label: null, tickSize: 0, lineWidth: isNarrow(width) ? 9 : 30});

  // As many ticks as there is room for: 1, 2, 5, 10 or powers of ten.
  function logTicks(low, high, length = 600) {
    const ticks = (steps) => steps.flatMap((k) => d3.range(-3, 9).map((e) => k * 10 ** e))
      .filter((t) => t >= low && t <= high).sort(d3.ascending);
    const fine = ticks([1, 2, 5]);
    return fine.length * 44 <= length ? fine : ticks([1]);
  }

  // Axes of a logarithmic plot, every tick with its number.
  const logAxes = (x, y, format) => [
    Plot.gridX(x.ticks), Plot.gridY(y.ticks),
    Plot.axisX(x.ticks, {label: x.label, text: format}), Plot.axisY(y.ticks, {label: y.label, text: format})];

  function days(data, width) {
    const points = data.series.flatMap((s) => s.points.map((p) => ({...p, name: s.name})));
    const names = data.series.map((s) => s.name);
    const ticks = (values) => logTicks(...d3.extent(values), width);
    return [legend(names.map((n, i) => [n, colour(i)])), Plot.plot({
      width, height: Math.max(260, Math.min(420, 0.6 * width)), marginLeft: 48, marginRight: 24,
      x: {type: "log"}, y: {type: "log"},
      color: {domain: names, range: names.map((_, i) => colour(i))},
      marks: [
        ...logAxes({label: "GPUs", ticks: ticks(points.map((p) => p.gpus))}, {label: "days", ticks: ticks(points.flatMap((p) => [p.p10, p.p90]))}, whole.format),
        Plot.areaY(points, {x: "gpus", y1: "p10", y2: "p90", fill: "name", fillOpacity: 0.18}),
        Plot.ruleY([data.deadline], {strokeDasharray: "5 4"}),
        Plot.line(points, {x: "gpus", y: "days", stroke: "name", strokeWidth: 2}),
        Plot.dot(points, {x: "gpus", y: "days", fill: "name", r: 3}),
        Plot.tip(points, Plot.pointer({x: "gpus", y: "days", title: (p) =>
          `${p.name}\n${whole.format(p.gpus)} GPUs\n${number.format(p.days)} days\n` +
          `${number.format(p.p10)} to ${number.format(p.p90)} in eight of ten`})),
      ]})];
  }

  function waterfall(data, width) {
    let at = data.from;
    const bars = data.bars.map((b) => ({...b, start: at, end: (at += b.gpus)}));
    const ends = [{title: data.from_name, start: 0, end: data.from}, {title: data.to_name, start: 0, end: data.to}];
    if (ends[0].title === ends[1].title) ends[1].title += " ";
    const all = [ends[0], ...bars, ends[1]];
    const factor = (b) => `${b.factor >= 1 ? "÷" : "×"} ${Math.max(b.factor, 1 / b.factor).toFixed(2)}`;
    const label = (b) => b.factor === undefined ? whole.format(b.end) : isNarrow(width) ? factor(b) :
      `${b.gpus > 0 ? "+" : ""}${whole.format(b.gpus)} (${factor(b)})`;
    return [Plot.plot({
      width, height: 40 + 30 * all.length, marginLeft: room(all.map((b) => b.title), width), marginRight: isNarrow(width) ? 48 : 110,
      x: {label: "GPUs", grid: true, tickFormat: whole.format, ticks: Math.max(2, width / 150), domain: [0, d3.max(all, (b) => Math.max(b.start, b.end))]},
      y: {label: null, domain: all.map((b) => b.title), tickSize: 0},
      marks: [
        Plot.barX(all, {y: "title", x1: "start", x2: "end",
          fill: (b) => b.factor === undefined ? "var(--c1)" : b.gpus <= 0 ? "var(--c3)" : "var(--c2)"}),
        Plot.text(all, {y: "title", x: (b) => Math.max(b.start, b.end), text: label, textAnchor: "start", dx: 5, fill: "currentColor"}),
      ]})];
  }

  function tornado(data, width) {
    const rows = data.rows.flatMap((r) => [["less", r.less], ["more", r.more]]
      .filter(([, v]) => v !== null).map(([which, v]) => ({title: r.title, which, value: v})));
    const none = data.rows.flatMap((r) => [["less", r.less], ["more", r.more]]
      .filter(([, v]) => v === null).map(([which]) => ({title: r.title, which})));
    const most = d3.max(rows, (r) => Math.abs(r.value)) || 0.01, reach = isNarrow(width) ? 1.9 : 1.35;
    return [legend([[`${data.change} less`, "var(--c2)"], [`${data.change} more`, "var(--c1)"]]), Plot.plot({
      width, height: 50 + 26 * data.rows.length, marginLeft: room(data.rows.map((r) => r.title), width), marginRight: 20,
      x: {label: `change of the ${data.of}'s time`, domain: [-reach * most, reach * most], tickFormat: percent, ticks: Math.max(2, width / 150), grid: true},
      y: {label: null, domain: data.rows.map((r) => r.title), tickSize: 0},
      marks: [
        Plot.barX(rows, {y: "title", x1: 0, x2: "value", fill: (r) => r.which === "less" ? "var(--c2)" : "var(--c1)", insetTop: 2, insetBottom: 2}),
        Plot.text(rows.filter((r) => Math.abs(r.value) >= 5e-4), {y: "title", x: "value", text: (r) => percent(r.value), fill: "currentColor",
          textAnchor: "end", dx: -4, filter: (r) => r.value < 0}),
        Plot.text(rows.filter((r) => Math.abs(r.value) >= 5e-4), {y: "title", x: "value", text: (r) => percent(r.value), fill: "currentColor",
          textAnchor: "start", dx: 4, filter: (r) => r.value > 0}),
        Plot.text(none, {y: "title", x: 0, text: (r) => isNarrow(width) ? "does not run" : `does not run with ${data.change} ${r.which}`, textAnchor: "start", dx: 4, fill: "currentColor", fontStyle: "italic"}),
        Plot.ruleX([0]),
      ]})];
  }

  function costs(data, width) {
    const names = [...new Set(data.plans.flatMap((p) => Object.keys(p.parts)))];
    const fill = (n) => names.indexOf(n) < 10 ? colour(names.indexOf(n)) : kOther;
    const parts = data.plans.flatMap((p) => Object.entries(p.parts)
      .map(([cost, s]) => ({name: p.name, cost, share: s / p.step_s, s})));
    return [legend(names.map((n) => [n, fill(n)])), Plot.plot({
      width, height: 50 + 48 * data.plans.length, marginLeft: room(data.plans.map((p) => p.name), width), marginRight: 20,
      x: {label: "share of the step", tickFormat: (x) => `${Math.round(100 * x)} %`, domain: [0, 1]},
      y: {domain: data.plans.map((p) => p.name)},
      marks: [
        nameAxis(width),
        Plot.barX(parts, Plot.stackX({y: "name", x: "share", fill: (p) => fill(p.cost), order: null, insetLeft: 0.5,
          title: (p) => `${p.cost}: ${number.format(p.s)} s, ${(100 * p.share).toFixed(1)} %`, tip: true})),
        Plot.text(parts, Plot.stackX({y: "name", x: "share", text: (p) => p.share * 0.6 * width > 26 ? `${Math.round(100 * p.share)} %` : "", fill: "var(--paper)", fontWeight: 600})),
      ]})];
  }

  function roofline(data, width) {
    const bounds = [["compute", "var(--c1)"], ["memory", "var(--c2)"], ["latency", "var(--c4)"]];
    const fill = (k) => bounds.find(([name]) => name === k.bound)[1];
    const tera = (x) => x / 1e12;
    const ridges = data.peaks.map((p) => p / data.hbm);
    const [least, most] = d3.extent([...data.kernels.map((k) => k.intensity), ...ridges]);
    const from = least / 2, to = 2 * most, low = tera(d3.min([...data.kernels.map((k) => k.rate), data.hbm * from])) / 1.5, high = 1.6 * tera(d3.max(data.peaks));
    const roofs = data.peaks.flatMap((peak, i) => [
      {roof: i, x: from, y: tera(data.hbm * from)}, {roof: i, x: peak / data.hbm, y: tera(peak)}, {roof: i, x: to, y: tera(peak)}]);
    const near = (a, b) => Math.abs(Math.log(a.intensity / b.intensity)) < 0.5 && Math.abs(Math.log(a.rate / b.rate)) < 0.2;
    const named = [];
    for (const k of [...data.kernels].sort((a, b) => b.share - a.share))
      if (named.length < (isNarrow(width) ? 1 : 4) && !named.some((other) => near(k, other))) named.push(k);
    return [legend(bounds.filter(([name]) => data.kernels.some((k) => k.bound === name)).map(([name, c]) => [`bound by ${name}`, c])), Plot.plot({
      width, height: 320, marginLeft: 52, marginRight: 24,
      x: {type: "log", domain: [from, to]}, y: {type: "log", domain: [low, high]},
      r: {range: [0, 14]},
      marks: [
        ...logAxes({label: "FLOP/byte", ticks: logTicks(from, to, width)}, {label: "TFLOP/s a GPU", ticks: logTicks(low, high)}, number.format),
        Plot.line(roofs, {x: "x", y: "y", z: "roof", stroke: "currentColor", strokeWidth: 1.5}),
        Plot.text(data.peaks, {x: to, y: tera, text: (p) => `${number.format(tera(p))} TFLOP/s`, textAnchor: "end", dy: -8, fill: "currentColor"}),
        Plot.dot(data.kernels, {x: "intensity", y: (k) => tera(k.rate), r: "share", fill, fillOpacity: 0.75,
          title: (k) => `${k.name}\n${number.format(k.intensity)} FLOP/byte, ${number.format(tera(k.rate))} TFLOP/s\n${(100 * k.share).toFixed(1)} % of the step, bound by ${k.bound}`, tip: true}),
        Plot.text(named, {x: "intensity", y: (k) => tera(k.rate), text: "name", dy: 22, fill: "currentColor"}),
      ]})];
  }

  function memory(data, width) {
    const keys = Object.keys(data.stages[0]);
    const parts = data.stages.flatMap((stage, i) => keys.map((k) => ({stage: i, key: k, gib: stage[k]})));
    const step = Math.ceil(data.stages.length / Math.max(1, Math.floor(width / 28)));
    return [legend(keys.map((k, i) => [k, colour(i)])), Plot.plot({
      width, height: 280, marginLeft: 44,
      x: {label: "pipeline stage", type: "band", ticks: d3.range(0, data.stages.length, step), padding: 0.15},
      y: {label: "GiB a GPU", grid: true, domain: [0, 1.05 * data.usable]},
      color: {domain: keys, range: keys.map((_, i) => colour(i))},
      marks: [
        Plot.barY(parts, Plot.stackY({x: "stage", y: "gib", fill: "key", order: keys,
          title: (p) => `stage ${p.stage}: ${p.key} ${number.format(p.gib)} GiB`, tip: true})),
        Plot.ruleY([data.usable], {strokeDasharray: "5 4"}),
        Plot.ruleY([0]),
      ]})];
  }

  const kPasses = ["forward", "backward", "backward, inputs", "backward, weights"];

  function timeline(data, width) {
    const slots = data.slots.map(([stage, pass, batch, chunk, start, end]) => ({stage, pass, batch, chunk, start, end}));
    const passes = [...new Set(slots.map((s) => s.pass))].sort();
    const fill = (s) => colour([0, 1, 1, 2][s.pass]);
    const windows = data.whole ? [[0, data.total, ""]] :
      [[0, data.first_end, "The first micro-batches fill the pipeline"], [data.last_begin, data.total, "The last ones drain it"]];
    const drawing = ([from, to]) => Plot.plot({
      width, height: 34 + Math.max(5, Math.min(22, 420 / data.stages)) * data.stages, marginLeft: 44,
      x: {label: "seconds", domain: [from / 1e6, to / 1e6], clamp: true},
      y: {label: "stage", type: "band", domain: d3.range(data.stages), padding: 0.06,
        ticks: d3.range(0, data.stages, Math.ceil(data.stages / 20))},
      marks: [
        Plot.barX(slots.filter((s) => s.end > from && s.start < to), {
          y: "stage", x1: (s) => Math.max(from, s.start) / 1e6, x2: (s) => Math.min(to, s.end) / 1e6, fill,
          fillOpacity: (s) => data.chunks > 1 ? 1 - 0.65 * s.chunk / (data.chunks - 1) : 0.9, insetRight: 0.4,
          title: (s) => `stage ${s.stage}, ${kPasses[s.pass]} of micro-batch ${s.batch}` + (data.chunks > 1 ? `, chunk ${s.chunk}` : "")}),
      ]});
    return [legend([...new Map(passes.map((p) => [kPasses[p], fill({pass: p})])),
                    ...(data.chunks > 1 ? [["paler: a later virtual stage", "transparent"]] : [])]),
      element("div", {class: "halves"}, ...windows.flatMap((w) => w[2] ? [element("h3", {}, w[2]), drawing(w)] : [drawing(w)]))];
  }

  function cost(data, width) {
    const million = (usd) => usd / 1e6;
    const names = data.fleets.map((f) => f.name);
    const axis = room(names, width);
    const text = width > 560;
    return [Plot.plot({
      width, height: 50 + 26 * names.length, marginLeft: axis, marginRight: text ? 70 : 16,
      x: {label: "rental, million USD", grid: true, ticks: Math.max(3, width / 130), domain: [0, d3.max(data.fleets, (f) => million(f.high_usd))]},
      y: {domain: names},
      marks: [
        nameAxis(width),
        Plot.barX(data.fleets, {y: "name", x1: (f) => million(f.low_usd), x2: (f) => million(f.high_usd), fill: "var(--c1)", fillOpacity: 0.35, insetTop: 4, insetBottom: 4,
          title: (f) => `${f.name}\n${number.format(million(f.low_usd))} to ${number.format(million(f.high_usd))} million USD\n${number.format(f.power_mw)} MW`, tip: true}),
        Plot.dot(data.fleets, {y: "name", x: (f) => million(f.cost_usd), fill: "var(--c1)", r: 4}),
        ...(text ? [Plot.text(data.fleets, {y: "name", frameAnchor: "right", dx: 66, textAnchor: "end", text: (f) => `${f.power_mw.toPrecision(3)} MW`, fill: "currentColor"})] : []),
      ]})];
  }

  function evidence(data, width) {
    const names = [...new Set(data.points.map((p) => p.system))];
    const [low, high] = d3.extent(data.points.flatMap((p) => [p.measured, p.predicted]));
    const from = low / 1.3, to = 1.3 * high, line = [{x: from}, {x: to}];
    const axis = {type: "log", domain: [from, to]}, ticks = logTicks(from, to, width);
    return [legend(names.map((n, i) => [n, colour(i)])), Plot.plot({
      width: Math.min(width, 620), height: Math.min(width, 620) * 0.8, marginLeft: 52,
      x: axis, y: axis,
      color: {domain: names, range: names.map((_, i) => colour(i))},
      marks: [
        ...logAxes({label: "measured, seconds", ticks}, {label: "predicted, seconds", ticks}, number.format),
        Plot.areaY(line, {x: "x", y1: (p) => 0.9 * p.x, y2: (p) => 1.1 * p.x, fill: "currentColor", fillOpacity: 0.1, clip: true}),
        Plot.line(line, {x: "x", y: "x", stroke: "currentColor", strokeOpacity: 0.5}),
        Plot.dot(data.points, {x: "measured", y: "predicted", fill: "system", fillOpacity: 0.8, r: 4,
          title: (p) => `${p.id}\nmeasured ${number.format(p.measured)} s, predicted ${number.format(p.predicted)} s (${percent(p.predicted / p.measured - 1)})`, tip: true}),
      ]})];
  }

  const charts = {days, waterfall, tornado, costs, roofline, memory, timeline, cost, evidence};

  // Charts are pictures with a text beside them: what is inside is not read out again.
  function draw(figure) {
    const {kind, data} = page.charts[Number(figure.dataset.chart)];
    const plot = figure.querySelector(".plot");
    const width = Math.max(280, Math.floor(plot.clientWidth));
    if (figure.dataset.width === String(width)) return;
    figure.dataset.width = String(width);
    const drawn = charts[kind](data, width);
    for (const inside of drawn) inside.setAttribute("aria-hidden", "true");
    plot.replaceChildren(...drawn);
    figure.dataset.drawn = "yes";
  }

  const figures = [...document.querySelectorAll("figure[data-chart]")];
  const drawAll = () => figures.forEach(draw);
  drawAll();
  let later = 0;
  addEventListener("resize", () => { clearTimeout(later); later = setTimeout(drawAll, 100); });

  // On paper nothing can be opened: all is open but the files.
  const tables = [...document.querySelectorAll("details:not(:has(pre))")];
  addEventListener("beforeprint", () => tables.forEach((d) => { d.dataset.was = d.open; d.open = true; }));
  addEventListener("afterprint", () => tables.forEach((d) => { d.open = d.dataset.was === "true"; }));

  for (const link of document.querySelectorAll("a.save")) {
    const text = link.parentElement.querySelector("pre").textContent;
    link.href = URL.createObjectURL(new Blob([text], {type: "text/plain"}));
  }
})();
