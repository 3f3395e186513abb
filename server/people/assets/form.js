// On pages that fill in a form, and only there: the form engine is large, so it is fetched when it is needed.
import "./odk/page.css";
import "./leaving.js";

const place = document.querySelector("[data-odk-form]");

if (place) {
  import("./odk/island.js")
    .then(({ show }) => show(place))
    .catch(() => {
      // The engine did not come (no connection), or the browser may not run it.
      place.querySelector("[data-odk-wait]")?.remove();
      const said = place.querySelector("[data-odk-failed]");
      if (said) said.hidden = false;
    });
}
