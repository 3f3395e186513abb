// On the workbench: a file may be dropped anywhere on its field, and the rules are asked again as a form is
// filled in. Without this the field takes a file by a click, and the preview shows the form alone.

for (const form of document.querySelectorAll("[data-drop]")) {
  const field = form.querySelector("input[type=file]");
  const place = field.closest(".drop");
  const over = (event, isOver) => {
    event.preventDefault();
    place.classList.toggle("over", isOver);
  };
  form.addEventListener("dragover", (event) => over(event, true));
  form.addEventListener("dragleave", (event) => over(event, false));
  form.addEventListener("drop", (event) => {
    over(event, false);
    if (!event.dataTransfer?.files.length) return;
    field.files = event.dataTransfer.files;
    field.focus();
  });
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
