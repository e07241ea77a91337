// Builds turna/web/static/vendor/: Bootstrap (only the parts we use, with our icons as files so that no data: address
// is needed), htmx and Leaflet as published, one sprite of the icons named in frontend/icons.txt, and axe-core for the
// tests.
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vendor = join(root, "turna", "web", "static", "vendor");
const modules = join(root, "node_modules");

function packageVersion(name) {
  return JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
}

function buildStyles() {
  const result = sass.compile(join(root, "frontend", "bootstrap.scss"), {
    style: "compressed",
    loadPaths: [modules],
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  const address = /[^{]*\{[^}]*data:[^)]{0,40}/.exec(result.css);
  if (address) throw new Error(`bootstrap.css holds a data: address, which the policy refuses: ${address[0].slice(-200)}`);
  writeFileSync(join(vendor, "bootstrap.css"), result.css);
}

function symbol(name) {
  const svg = readFileSync(join(modules, "bootstrap-icons", "icons", `${name}.svg`), "utf8");
  const box = /viewBox="([^"]+)"/.exec(svg)[1];
  const drawing = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).trim();
  return `<symbol id="${name}" viewBox="${box}" fill="currentColor">${drawing}</symbol>`;
}

function buildIcons() {
  const names = readFileSync(join(root, "frontend", "icons.txt"), "utf8").split(/\s+/).filter(Boolean);
  const unique = [...new Set(names)].sort();
  const body = unique.map(symbol).join("");
  writeFileSync(join(vendor, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${body}</svg>`);
  return unique.length;
}

function buildMaps() {
  const from = join(modules, "leaflet", "dist"), to = join(vendor, "leaflet");
  mkdirSync(to, { recursive: true });
  // A tile that is given up gets an empty picture from a data: address, which the policy refuses: none does as well.
  const script = readFileSync(join(from, "leaflet.js"), "utf8")
    .replace(/"data:image\/gif;base64,[^"]*"/, '""')
    .replace(/\n\/\/# sourceMappingURL=.*/, "");
  if (script.includes("data:")) throw new Error("leaflet.js holds a data: address, which the policy refuses");
  writeFileSync(join(to, "leaflet.js"), script);
  copyFileSync(join(from, "leaflet.css"), join(to, "leaflet.css"));
  cpSync(join(from, "images"), join(to, "images"), { recursive: true });
}

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
buildStyles();
buildMaps();
const icons = buildIcons();
copyFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), join(vendor, "htmx.js"));
copyFileSync(join(modules, "axe-core", "axe.min.js"), join(vendor, "axe.js"));
const versions = ["bootstrap", "bootstrap-icons", "htmx.org", "leaflet", "axe-core"].map((n) => `${n} ${packageVersion(n)}`);
writeFileSync(join(vendor, "VERSIONS.txt"), versions.join("\n") + "\n");
console.log(`turna/web/static/vendor: ${versions.join(", ")}, ${icons} icons`);
