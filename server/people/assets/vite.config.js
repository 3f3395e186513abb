// Builds what browsers load, into server/people/static/built; the server reads manifest.json for the names.
import { createReadStream, createWriteStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, createBrotliCompress, createGzip } from "node:zlib";
import { defineConfig } from "vite";
import { webFormsStyles } from "./odk/styles.js";

const OUT = "../static/built";
const SMALLEST = 1000; // shorter files gain nothing

// Beside every text file the same, compressed: the server hands out whichever the browser can read.
function compressed() {
  const ways = {
    gz: () => createGzip({ level: 9 }),
    br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  };
  return {
    name: "compressed",
    apply: "build",
    async closeBundle() {
      const names = readdirSync(join(import.meta.dirname, OUT), { recursive: true })
        .filter((name) => /\.(js|css)$/.test(name))
        .map((name) => join(import.meta.dirname, OUT, name))
        .filter((name) => statSync(name).size > SMALLEST);
      await Promise.all(
        names.flatMap((name) =>
          Object.entries(ways).map(([ending, way]) =>
            pipeline(createReadStream(name), way(), createWriteStream(`${name}.${ending}`)),
          ),
        ),
      );
    },
  };
}

export default defineConfig({
  base: "/static/built/",
  publicDir: false,
  plugins: [webFormsStyles(), compressed()],
  define: {
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    manifest: "manifest.json", // not in a hidden folder: a wheel would leave that out
    assetsDir: "",
    assetsInlineLimit: 0, // nothing from data: addresses, as the content policy wants it
    chunkSizeWarningLimit: 2000, // the form engine, loaded only by pages that fill in a form
    rolldownOptions: {
      input: { pages: "pages.js", form: "form.js" },
      // What uses eval in libraries does not run: the content policy forbids it, and tests look for refusals.
      checks: { eval: false, pluginTimings: false },
    },
  },
});
