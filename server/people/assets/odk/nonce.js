// The form's components put their styles into the page as they are needed. The content policy of that page
// allows style elements with its nonce: give it to each of them as it is made.
export function allowStyles(nonce) {
  if (!nonce) return;
  const make = Document.prototype.createElement;
  document.createElement = function createElement(name, ...more) {
    const made = make.call(this, name, ...more);
    if (String(name).toLowerCase() === "style") made.setAttribute("nonce", nonce);
    return made;
  };
}
