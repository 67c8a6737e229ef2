// Opens pages in Chromium at three widths, light and dark, and prints a line of JSON for each look:
// look.mjs TOOLS CHROMIUM WITHOUT ADDRESS..., WITHOUT being axe-core's rules that do not count, with commas.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [tools, executablePath, without, ...addresses] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${tools}/package.json`));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({ executablePath });
const rules = Object.fromEntries(
  without.split(",").filter(Boolean).map((id) => [id, { enabled: false }]));
for (const address of addresses) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [360, 800, 1600]) {
      const context = await browser.newContext({
        viewport: { width, height: 1000 }, colorScheme, bypassCSP: true,
      });
      const page = await context.newPage();
      const said = [], asked = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(String(error)));
      page.on("request", (one) => one.url().startsWith(new URL("/", address).href) || asked.push(one.url()));
      await page.goto(address);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await page.evaluate(axe);
      const found = await page.evaluate(
        (rules) => axe.run({ resultTypes: ["violations"], rules }), rules);
      const violations = found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`);
      console.log(JSON.stringify({ address, width, colorScheme, wide, said, asked, violations }));
      await context.close();
    }
  }
}
await browser.close();
