// Runs Lighthouse in a Chromium that already runs, as its own defaults have it: a phone on a slow network, the processor slowed four times.
// node run.js PORT ADDRESS: prints the scores out of 100, the times, and what costs points.
import lighthouse from "lighthouse";

const [port, address] = process.argv.slice(2);
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const TIMES = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"];

const result = await lighthouse(address, {
  port: Number(port),
  output: "json",
  logLevel: "error",
  onlyCategories: CATEGORIES,
  disableStorageReset: true, // the tablet stays enrolled, its worker in place
});
if (!result) throw new Error("Lighthouse gave no answer");
const { categories, audits, runtimeError, finalDisplayedUrl } = result.lhr;
if (runtimeError) throw new Error(runtimeError.message);
const scores = Object.fromEntries(CATEGORIES.map((name) => [name, Math.round((categories[name].score ?? 0) * 100)]));
const times = Object.fromEntries(TIMES.map((name) => [name, audits[name].displayValue]));
const costs = CATEGORIES.flatMap((name) => categories[name].auditRefs)
  .filter(({ id, weight }) => weight > 0 && (audits[id].score ?? 1) < 0.9)
  .map(({ id }) => `${id}: ${audits[id].title} ${audits[id].displayValue ?? ""} ${JSON.stringify(audits[id].details?.items ?? []).slice(0, 400)}`);
console.log(JSON.stringify({ address: finalDisplayedUrl, scores, times, costs }));
