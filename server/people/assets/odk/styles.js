// ODK Web Forms brings its styles as one string that a script puts into the page, with 870 kB of a font in it.
// Here they become an ordinary style sheet without that font: half the bytes, and no inline style to allow.
// It rests on the shape of one file of one version: where that is not as expected, the build stops.
const MODULE = "@getodk/web-forms/dist/index.js";
const SHEET = "virtual:web-forms.css";
const BEGIN = "r.appendChild(document.createTextNode('";
const END = "')),document.head.appendChild(r)}}catch(";

export function webFormsStyles() {
  let sheet = "";
  return {
    name: "web-forms-styles",
    enforce: "pre",
    resolveId(id) {
      return id === SHEET ? `\0${SHEET}` : undefined;
    },
    load(id) {
      return id === `\0${SHEET}` ? sheet : undefined;
    },
    transform(code, id) {
      if (!id.split("?")[0].replaceAll("\\", "/").endsWith(MODULE)) return undefined;
      const begin = code.indexOf(BEGIN);
      const end = code.indexOf(END);
      const rest = code.indexOf("\n", end);
      if (begin < 0 || end < begin || rest < 0) {
        throw new Error(`${MODULE} is not shaped as odk/styles.js expects: look at what changed in it`);
      }
      const styles = JSON.parse(
        `"${code.slice(begin + BEGIN.length, end).replaceAll('\\\'', "'").replaceAll('"', '\\"')}"`,
      );
      sheet = styles.replace(/@font-face\s*\{[^}]*\}/g, "");
      return { code: `import "${SHEET}";${code.slice(rest)}`, map: null };
    },
  };
}
