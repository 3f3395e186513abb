// Shows one form with ODK Web Forms in the element it is given, and tells what is typed.
//
// The element says what to do:
//   data-odk-form      address of the XForm
//   data-odk-media     address under which its files lie: the file's name is put after it
//   data-odk-language  language to begin with, such as "km"
//   data-odk-send      address to send the filled form to; without it nothing is sent (a preview)
//   data-odk-username  who fills it in
//   data-odk-token     CSRF token
// It says, as events that bubble:
//   pteah:values  detail: { xml, open } - at every change; open: how many questions still say something is wrong
//   pteah:sent    detail: { answer } - after the server took it, the server's own words
import { OdkWebForm, webFormsPlugin } from "@getodk/web-forms";
import { createApp, h, watch } from "vue";
import { allowStyles } from "./nonce.js";

export async function show(place) {
  const told = place.dataset;
  allowStyles(told.odkNonce);
  const answer = await fetch(told.odkForm, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`form: ${answer.status}`);
  const xml = inLanguage(await answer.text(), told.odkLanguage);
  const mount = place.querySelector("[data-odk-mount]");
  const app = createApp({
    render: () =>
      h(OdkWebForm, {
        formXml: xml,
        fetchFormAttachment: (url) => fetchFile(told.odkMedia, url),
        missingResourceBehavior: "BLANK",
        preloadProperties: { username: told.odkUsername || "" },
        onSubmit: (filled, done) => send(place, filled, done),
      }),
  });
  app.mixin(tellingValues(place));
  app.use(webFormsPlugin);
  place.querySelector("[data-odk-wait]")?.remove();
  app.mount(mount);
}

// The form opens in the translation that is marked as default: mark the reader's. "Khmer (km)" -> "km".
function inLanguage(text, language) {
  const form = new DOMParser().parseFromString(text, "text/xml");
  const translations = [...form.getElementsByTagName("translation")];
  const wanted = translations.find((one) => one.getAttribute("lang")?.endsWith(`(${language})`));
  if (!wanted) return text;
  for (const one of translations) one.removeAttribute("default");
  wanted.setAttribute("default", "true()");
  return new XMLSerializer().serializeToString(form);
}

function fetchFile(folder, url) {
  const name = decodeURIComponent(String(url).split("/").pop());
  return fetch(folder + encodeURIComponent(name), { credentials: "same-origin" });
}

// The form's root is nowhere to be asked for; one of the components has it as its prop `form`.
function tellingValues(place) {
  let stop = () => {};
  return {
    created() {
      const follow = (root) => {
        if (root?.nodeType !== "root") return;
        stop();
        stop = watch(
          () => root.instanceState.instanceXML,
          (xml) => {
            const open = root.validationState?.violations?.length ?? 0;
            place.dispatchEvent(new CustomEvent("pteah:values", { bubbles: true, detail: { xml, open } }));
          },
          { immediate: true },
        );
      };
      if ("form" in (this.$props ?? {})) this.$watch("form", follow, { immediate: true });
    },
  };
}

let isSending = false; // the button can be pressed twice before the first answer is here

async function send(place, filled, done) {
  const { odkSend, odkToken } = place.dataset;
  if (!odkSend || isSending) return;
  isSending = true;
  const body = new FormData();
  for (const part of filled.data) for (const [name, value] of part) body.append(name, value);
  say(place, "sending");
  try {
    const answer = await fetch(odkSend, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": odkToken, Accept: "application/json" },
      credentials: "same-origin",
      redirect: "manual",
    });
    const words = answer.type === "opaqueredirect" ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) {
      say(place, answer.type === "opaqueredirect" ? "ended" : "refused", words.message);
      return;
    }
    say(place, "sent");
    place.dispatchEvent(new CustomEvent("pteah:sent", { bubbles: true, detail: { answer: words } }));
    done();
    if (words.next) window.location.assign(words.next);
  } catch {
    say(place, "unreached"); // the form stays as it is: press Send again
  } finally {
    isSending = false;
  }
}

// One of the sentences that the page brought along, in the reader's language.
function say(place, which, words = "") {
  for (const one of place.querySelectorAll("[data-odk-say]")) {
    one.hidden = one.dataset.odkSay !== which;
    if (!one.hidden && words) one.querySelector("[data-odk-words]").textContent = words;
    if (!one.hidden) one.scrollIntoView({ block: "nearest" });
  }
}
