// "Leave now": one press, or the Escape key, puts a harmless page in place of this one and signs out.
// The page is hidden before anything is asked of the network: that is what somebody looking over a shoulder sees.
const way = () => document.querySelector("form[data-leave]");

function leave(event) {
  const form = way();
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.documentElement.hidden = true;
  document.title = form.dataset.leaveTitle;
  navigator.sendBeacon(form.action, new FormData(form));
  window.location.replace(form.dataset.leaveTo);
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-leave]")) leave(event);
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) leave(event);
}, true);
