// The report's page as a reader has it: opened from disk in a headless browser.
// usage: node --test report_test.mjs, with FLEETCAST, CHROMIUM and MODULES (node_modules) set

import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {after, before, describe, test} from "node:test";

const {FLEETCAST, CHROMIUM, MODULES} = process.env;
const {chromium} = createRequire(join(MODULES, "x.js"))("playwright-core");
const axe = readFileSync(join(MODULES, "axe-core", "axe.min.js"), "utf8");

const kFleets = `
name: Fleets & "quotes" <b>
question: How many?
model: llama3-8b
systems: [h100-80gb-sxm, gb200-nvl72]
precisions: [bf16, mxfp8]
training: {seq_len: 8192, global_batch: 512, tokens: 1T}
deadline: 30 days
claims: [{system: h100-80gb-sxm, gpus: 64}]
`;
const kPlan = `
name: One plan
model: llama3-8b
systems: [h100-80gb-sxm]
gpus: 64
training: {seq_len: 8192, global_batch: 128, tokens: 1T}
plan: {tp: 2, pp: 2}
`;
const kHostile = "</script><script>hit=1</script><img src=x onerror=hit=1>'\"`|*_[x](javascript:hit=1)";
const kHostileScenario = `
name: ${JSON.stringify(kHostile)}
question: ${JSON.stringify(kHostile + "<!--<script>")}
model: llama3-8b
systems: [h100-80gb-sxm]
gpus: 8
training:
  seq_len: {value: 8192, source: s, note: ${JSON.stringify(kHostile)}}
  global_batch: 64
plan: {tp: 8}
sources: {s: ${JSON.stringify(kHostile)}}
`;

const folder = mkdtempSync(join(tmpdir(), "fleetcast-page-"));
let browser;

function report(name, scenario) {
  writeFileSync(join(folder, `${name}.yaml`), scenario);
  execFileSync(FLEETCAST, ["report", `${name}.yaml`, "--out", `${name}.html`], {cwd: folder});
  return join(folder, `${name}.html`);
}

/// The page, and all that went wrong on it so far.
async function open(file, options = {}) {
  const page = await browser.newPage({viewport: {width: options.width ?? 1200, height: 900}, colorScheme: options.scheme ?? "light"});
  const wrong = [];
  page.on("console", (m) => wrong.push(`console: ${m.text()}`));
  page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
  page.on("request", (r) => { if (!/^(file|data|blob):/.test(r.url())) wrong.push(`request: ${r.url()}`); });
  await page.goto(`file://${file}`);
  return {page, wrong};
}

const number = (text) => Number(text.replaceAll(",", ""));

/// Cells of the first table with this caption.
const cells = (page, caption) => page.evaluate((caption) => {
  const table = [...document.querySelectorAll("table")].find((t) => t.caption.textContent.startsWith(caption));
  return [...table.tBodies[0].rows].map((r) => [...r.cells].map((c) => c.textContent));
}, caption);

before(async () => {
  browser = await chromium.launch({executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]});
});
after(async () => {
  await browser?.close();
  rmSync(folder, {recursive: true, force: true});
});

describe("a report on fleets", () => {
  let file;
  before(() => { file = report("fleets", kFleets); });

  test("opens from disk, asks nothing of the network and draws every chart", async () => {
    const {page, wrong} = await open(file);
    const charts = await page.$$eval("figure[data-chart]", (all) => all.map((f) =>
      [f.dataset.kind, f.dataset.drawn, f.querySelectorAll("svg rect, svg path, svg circle").length > 4]));
    assert.deepEqual([...new Set(charts.map(([kind]) => kind))].sort(),
      ["cost", "costs", "days", "evidence", "memory", "roofline", "timeline", "tornado", "waterfall"]);
    for (const [kind, drawn, full] of charts) assert.ok(drawn === "yes" && full, `${kind} is drawn`);
    assert.deepEqual(wrong, []);
    assert.ok(statSync(file).size < 3e6, "under 3 MB");
    await page.close();
  });

  test("shows the numbers that plan prints as JSON", async () => {
    const plan = JSON.parse(execFileSync(FLEETCAST, ["plan", "fleets.yaml", "--format", "json"], {cwd: folder}));
    const {page} = await open(file);
    const shown = (await cells(page, "Smallest fleets")).map((row) => row[2] === "none" ? null : [2, 3, 4].map((i) => number(row[i])));
    const expected = plan.systems.map((f) => f.feasible ? [f.gpus, f.p10_gpus, f.p90_gpus] : null);
    assert.deepEqual(shown, expected);
    const embedded = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).results.plan);
    const answer = (systems) => systems.map((f) => [f.system, f.precision, f.gpus, f.days, f.estimate]);
    assert.deepEqual(answer(embedded.systems), answer(plan.systems));
    await page.close();
  });

  test("draws bars as long as its numbers say", async () => {
    const {page} = await open(file);
    const {bars, data} = await page.evaluate(() => {
      const figure = document.querySelector('figure[data-kind="waterfall"]');
      const data = JSON.parse(document.getElementById("data").textContent).charts[figure.dataset.chart].data;
      const bars = [...figure.querySelectorAll('g[aria-label="bar"] rect')].map((r) => r.width.baseVal.value);
      return {bars, data};
    });
    const values = [data.from, ...data.bars.map((b) => Math.abs(b.gpus)), data.to];
    assert.equal(bars.length, values.length);
    const scale = bars[0] / values[0];
    bars.forEach((bar, i) => assert.ok(Math.abs(bar - scale * values[i]) < 0.5, `bar ${i}`));
    const sum = data.bars.reduce((s, b) => s + b.gpus, data.from);
    assert.ok(Math.abs(sum - data.to) < 1e-6, "the waterfall adds up");
    await page.close();
  });

  for (const [name, options] of Object.entries({light: {}, dark: {scheme: "dark"}, phone: {width: 390, scheme: "dark"}}))
    test(`has no serious accessibility finding (${name}) and does not scroll sideways`, async () => {
      const {page, wrong} = await open(file, options);
      await page.$$eval("details", (all) => all.forEach((d) => { d.open = true; }));
      await page.evaluate(axe);
      const found = await page.evaluate(() => axe.run());
      const serious = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
      assert.deepEqual(serious.map((v) => [v.id, v.nodes[0].html.slice(0, 200)]), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      assert.deepEqual(wrong, []);
      await page.close();
    });

  test("is read by keyboard: the skip link first, the numbers of a chart by Enter", async () => {
    const {page} = await open(file);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.locator("figure summary").first().focus();
    await page.keyboard.press("Enter");
    assert.ok(await page.locator("figure details").first().evaluate((d) => d.open));
    await page.close();
  });

  test("opens the numbers for paper and closes them again", async () => {
    const {page} = await open(file);
    const open_ones = () => page.$$eval("details:not(:has(pre))", (all) => all.filter((d) => d.open).length);
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.equal(await open_ones(), await page.locator("details:not(:has(pre))").count());
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await open_ones(), 0);
    assert.ok((await page.pdf()).length > 10000);
    await page.close();
  });

  test("saves a scenario that gives the same answer", async () => {
    const {page} = await open(file);
    await page.locator("summary", {hasText: "scenario.yaml"}).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("a.save").first().click()]);
    await download.saveAs(join(folder, "again.yaml"));
    const again = (name) => execFileSync(FLEETCAST, ["plan", name, "--format", "csv"], {cwd: folder, encoding: "utf8"});
    const answers = (csv) => csv.split("\n").map((line) => line.split(",").slice(0, 6).join(","));
    assert.deepEqual(answers(again("again.yaml")), answers(again("fleets.yaml")));
    await page.close();
  });
});

test("a report on one plan draws what such a plan has", async () => {
  const {page, wrong} = await open(report("plan", kPlan));
  const kinds = await page.$$eval('figure[data-drawn="yes"]', (all) => all.map((f) => f.dataset.kind));
  assert.deepEqual(kinds.sort(), ["cost", "costs", "evidence", "memory", "roofline", "timeline", "tornado"]);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("hostile names stay text", async () => {
  const {page, wrong} = await open(report("hostile", kHostileScenario));
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  assert.equal(await page.textContent("h1"), kHostile);
  assert.equal(await page.title(), kHostile);
  assert.equal(await page.evaluate(() => document.images.length), 0);
  assert.ok((await page.textContent("#inputs")).includes(kHostile));
  assert.deepEqual(wrong, []);
  await page.close();
});
