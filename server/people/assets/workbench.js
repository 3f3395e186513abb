// On the workbench: a file may be dropped anywhere on its field, and the rules are asked again as a form is
// filled in. Without this the field takes a file by a click, and the preview shows the form alone.

const placeOf = (event) => event.target.closest?.("[data-drop]");
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!document.querySelector("[data-drop]")) return;
    event.preventDefault(); // a file that misses the field must not open in place of the page
    const form = placeOf(event);
    form?.querySelector(".drop").classList.toggle("over", kind === "dragover");
    if (form && kind === "drop" && event.dataTransfer?.files.length) take(form, event.dataTransfer.files);
  });
}

function take(form, files) {
  const [field, beside] = form.querySelectorAll("input[type=file]");
  const first = [...files].find((file) => file.name.toLowerCase().endsWith(".xlsx")) ?? files[0];
  if (field.multiple) lay(field, files);
  else lay(field, [first]);
  const others = [...files].filter((file) => file !== first);
  if (beside && others.length) {
    lay(beside, others);
    beside.closest("details")?.setAttribute("open", "");
  }
  field.focus();
}

// "No file chosen" is the browser's, in its own language: it is hidden until there is a name to show.
const show = (field) => field.toggleAttribute("data-chosen", field.files.length > 0);
document.addEventListener("change", (event) => event.target.matches?.("input[type=file]") && show(event.target));
window.addEventListener("pageshow", () => document.querySelectorAll("input[type=file]").forEach(show));

function lay(field, files) {
  const carrier = new DataTransfer();
  for (const file of files) carrier.items.add(file);
  field.files = carrier.files;
  show(field);
}

const frame = document.querySelector("iframe[data-try]");
if (frame) follow(frame);

function follow(frame) {
  let waiting;
  let latest = "";
  let isAsking = false;
  const ask = async () => {
    if (isAsking || !latest) return;
    isAsking = true;
    const xml = latest;
    latest = "";
    try {
      const answer = await fetch(frame.dataset.try, {
        method: "POST",
        body: xml,
        headers: { "Content-Type": "text/xml", "X-CSRFToken": frame.dataset.token },
        credentials: "same-origin",
      });
      if (answer.ok) document.getElementById("trial").innerHTML = await answer.text();
    } finally {
      isAsking = false;
      if (latest) ask();
    }
  };
  const listen = () =>
    frame.contentDocument?.addEventListener("pteah:values", (event) => {
      latest = event.detail.xml;
      clearTimeout(waiting);
      waiting = setTimeout(ask, 400); // a moment after the last key
    });
  frame.addEventListener("load", listen);
  listen();
}
