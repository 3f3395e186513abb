// Signs out when nobody did anything for long, with a warning before. The server says how long is left, since
// another window may have been used; asking does not make it longer.
const WARN_SECONDS = 120;
const warning = () => document.querySelector("dialog[data-idle]");

async function ask(stay) {
  const answer = await fetch(stay ? "/session?stay=yes" : "/session", { cache: "no-store" });
  return (await answer.json()).left;
}

async function look() {
  let left = WARN_SECONDS + 30; // no connection: look again soon
  try {
    left = await ask(false);
  } catch {
    // stays as it is
  }
  if (left <= 1) return end();
  const dialog = warning();
  if (left <= WARN_SECONDS && dialog && !dialog.open) dialog.showModal();
  if (left > WARN_SECONDS && dialog?.open) dialog.close();
  wait(left > WARN_SECONDS ? left - WARN_SECONDS : Math.min(left, 15));
}

let timer = 0;
function wait(seconds) {
  window.clearTimeout(timer);
  timer = window.setTimeout(look, Math.min(seconds, 1800) * 1000);
}

// What was begun in a form goes along, so that it is there again after signing in.
function end() {
  const form = document.querySelector("form[data-idle-end]");
  const begun = [...document.querySelectorAll("main form[method=post]")].find(isBegun);
  if (begun) {
    for (const [name, value] of new FormData(begun)) if (name !== "csrf_token") add(form, name, value);
    add(form, "typed_for", new URL(begun.action).pathname);
  }
  HTMLFormElement.prototype.submit.call(form);
}

const isBegun = (form) =>
  [...form.elements].some((one) =>
    one.matches("textarea, input[type=text], input[type=date]") ? one.value !== one.defaultValue
      : one.matches("input[type=radio], input[type=checkbox]") && one.checked !== one.defaultChecked);

function add(form, name, value) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name, value });
  form.append(field);
}

document.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-idle-stay]")) return;
  await ask(true).catch(() => 0);
  warning()?.close();
  look();
});

if (warning()) wait(Number(document.body.dataset.idleSeconds) - WARN_SECONDS);
