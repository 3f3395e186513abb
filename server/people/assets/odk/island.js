// Shows one form with ODK Web Forms in the element it is given, and tells what is typed.
//
// The element says what to do:
//   data-odk-form      address of the XForm
//   data-odk-media     address under which its files lie: the file's name is put after it
//   data-odk-language  language to begin with, such as "km"
//   data-odk-send      address to send the filled form to; without it nothing is sent (a preview)
//   data-odk-username  who fills it in
//   data-odk-token     address that tells the CSRF token, asked just before sending
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
  if (told.odkSend) askBeforeLeaving(place);
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
  const { odkSend } = place.dataset;
  if (!odkSend || isSending) return;
  isSending = true;
  say(place, "sending");
  try {
    const token = await tokenNow(place.dataset.odkToken);
    const answer = token && (await post(odkSend, filled, token));
    if (!answer || answer.type === "opaqueredirect") return say(place, "ended");
    const words = await answer.json().catch(() => ({}));
    if (!answer.ok) return say(place, "refused", words.message);
    say(place, "sent");
    isChanged = false;
    place.dispatchEvent(new CustomEvent("pteah:sent", { bubbles: true, detail: { answer: words } }));
    done();
    if (words.next) window.location.assign(words.next);
  } catch {
    say(place, "unreached"); // the form stays as it is: press Send again
  } finally {
    isSending = false;
  }
}

// Nothing if nobody is signed in any more: then the server answers with the way to the sign-in page.
async function tokenNow(address) {
  const answer = await fetch(address, { credentials: "same-origin", redirect: "manual" });
  return answer.ok ? (await answer.json()).token : "";
}

function post(address, filled, token) {
  const body = new FormData();
  for (const part of filled.data) for (const [name, value] of part) body.append(name, value);
  return fetch(address, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": token },
    credentials: "same-origin",
    redirect: "manual",
  });
}

// Nothing is kept before it is sent, so leaving asks first.
let isChanged = false;

function askBeforeLeaving(place) {
  let values = "";
  place.addEventListener("pteah:values", (event) => {
    isChanged = values !== "" && event.detail.xml !== values;
    values ||= event.detail.xml;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isChanged) event.preventDefault();
  });
}

// One of the sentences that the page brought along, in the reader's language.
function say(place, which, words = "") {
  for (const one of place.querySelectorAll("[data-odk-say]")) {
    one.hidden = one.dataset.odkSay !== which;
    if (!one.hidden && words) one.querySelector("[data-odk-words]").textContent = words;
    if (!one.hidden) one.scrollIntoView({ block: "nearest" });
  }
}
