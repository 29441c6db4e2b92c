// Goes through the console in Chromium: with script and without, in both themes, wide and narrow.
// usage: browser.mjs LINK SLUG        (CHROMIUM: the browser; PICTURES: a folder for pictures of the pages)
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [link, slug] = process.argv.slice(2);
const origin = new URL(link).origin;
const pictures = process.env.PICTURES;
const faults = [];
const expect = (holds, what) => holds || faults.push(what);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("request", (request) => expect(request.url().startsWith(origin), `asks elsewhere: ${request.url()}`));
  page.on("console", (message) => expect(message.type() !== "error" || /40[0-9]/.test(message.text()), message.text()));
  page.on("dialog", () => faults.push("a dialog opened"));
  return { context, page };
}

// The way of a help desk: from the link to the reason why a person was refused, by clicks alone, without script.
const { context, page } = await open({ javaScriptEnabled: false });
await page.goto(link);
await page.getByRole("button", { name: "Sign in" }).click();
await page.waitForURL(`${origin}/`);
await page.goto(`${origin}/o/${slug}`);
await page.getByRole("link", { name: "Provisioning log" }).click();
await page.getByRole("link", { name: "Follow the log" }).click();
await page.getByRole("link", { name: "Stop" }).click();
await page.getByLabel("Name, e-mail or id").fill("zoe@acme.example");
for (let tries = 0; tries < 50; tries++) {
  await page.getByRole("button", { name: "Show" }).click();
  if (await page.locator(".log summary").count()) break;
  await page.waitForTimeout(200);
}
await page.locator(".log summary").first().click();
expect((await page.locator("dl.pairs").first().innerText()).includes("userName"), "the reason is not told");

// A person is deactivated and comes back.
await page.getByRole("link", { name: "People" }).click();
await page.getByRole("link", { name: "bruno@acme.example" }).click();
await page.getByRole("button", { name: "Deactivate" }).click();
expect(await page.getByText("inactive", { exact: true }).count(), "nobody was deactivated");
await page.getByRole("button", { name: "Activate" }).click();
expect(await page.getByText("active", { exact: true }).count(), "nobody was activated");
const person = new URL(page.url()).pathname;

// A setting is previewed.
await page.getByRole("link", { name: "Policy" }).click();
const setting = page.locator('tr[id="delete.mode"]');
await setting.getByText("Change").click();
await setting.getByRole("textbox").fill("hard");
await setting.getByRole("button", { name: "Preview" }).click();
expect((await page.locator("main").innerText()).includes("delete.mode"), "the preview shows nothing");

// Access is tried.
await page.getByRole("link", { name: "Access", exact: true }).click();
await page.getByLabel("User name or id").fill("ada@acme.example");
await page.getByLabel("Permission").fill("organization.view");
await page.getByRole("button", { name: "May they?" }).click();
expect(/^(Yes|No)/.test(await page.getByRole("status").innerText()), "no verdict");
const state = await context.storageState();
await context.close();

// Every page in both themes, wide and narrow: nothing serious for axe, nothing that scrolls sideways.
const own = (path) => `/o/${slug}${path}`;
const second = await open({ storageState: state, bypassCSP: true });
await second.page.goto(origin + own(""));
const connection = await second.page.locator(".card h3 a").first().getAttribute("href");
const pages = { organizations: "/", overview: own(""), connection, provisioning: own("/provisioning?follow=1"), people: own("/people"),
  person, groups: own("/groups"), roles: own("/roles"), policy: own("/policy"), changes: own("/changes"),
  access: own("/access?user=ada@acme.example&permission=organization.view"), tokens: own("/tokens"), "sign-in": "/sign-in" };
if (pictures) mkdirSync(pictures, { recursive: true });
for (const [name, path] of Object.entries(pages)) {
  for (const colorScheme of ["light", "dark"]) {
    await second.page.emulateMedia({ colorScheme });
    for (const width of [1280, 390]) {
      await second.page.setViewportSize({ width, height: 800 });
      await second.page.goto(origin + path);
      const over = await second.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over <= 0, `${name} is ${over} pixels wider than ${width}`);
      if (pictures && (colorScheme === "light" || (name === "person" && width === 1280)))
        await second.page.screenshot({ path: `${pictures}/${name}-${colorScheme}-${width}.png` });
    }
    await second.page.evaluate(axe);
    const { violations } = await second.page.evaluate(() => globalThis.axe.run());
    for (const { id, impact, nodes } of violations)
      expect(impact === "minor" || impact === "moderate", `${name}, ${colorScheme}: ${impact} ${id}: ${nodes[0].html}`);
  }
}

// Signed out, nothing is left.
await second.page.goto(origin + own(""));
await second.page.getByRole("button", { name: "Sign out" }).click();
await second.page.goto(origin + own(""));
expect(second.page.url() === `${origin}/sign-in`, "a session outlives its end");
await browser.close();
if (faults.length) {
  console.log([...new Set(faults)].join("\n"));
  process.exit(1);
}
