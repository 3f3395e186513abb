// Forms marked with hx-boost are sent in the background: when the connection is lost in the middle, the page and
// all that was typed stay. Without scripts they are ordinary forms.
function say(form, words) {
  let note = form.querySelector("[data-said]");
  if (!note) {
    note = document.createElement("p");
    note.className = "note fault";
    note.dataset.said = "";
    note.setAttribute("role", "alert");
    form.prepend(note);
  }
  note.textContent = words;
  note.scrollIntoView({ block: "nearest" });
}

const words = () => document.body.dataset;
const formOf = (event) => event.detail.elt.closest("form");

document.addEventListener("htmx:sendError", (event) => {
  const form = formOf(event);
  if (form) say(form, words().unreached);
});
document.addEventListener("htmx:timeout", (event) => {
  const form = formOf(event);
  if (form) say(form, words().unreached);
});

// A page that answers a fault shows it beside what was typed; a page that only says what went wrong must not
// take the place of what was typed.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400) return;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const fault = page.querySelector("[data-fault]");
  const form = formOf(event);
  event.detail.shouldSwap = !fault;
  event.detail.isError = false;
  if (fault && form) say(form, fault.textContent.trim());
});

// One press, one sending.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-boost")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  window.setTimeout(() => delete form.dataset.sent, 4000);
});
document.addEventListener("htmx:afterSettle", () => document.querySelector("main [role=alert], main [role=status]")?.scrollIntoView({ block: "nearest" }));
