// On every page. No page needs it: without a script everything works, a little less comfortably.
import "./pages.css";
import "./today.css";
import "./leaving.css";
import "./person.css";
import htmx from "htmx.org";
import "./leaving.js";
import "./idle.js";
import "./sending.js";
import "./workbench.js";
import "./print.js";

// Nothing is evaluated, styled or stored by the library: the content policy forbids it, and pages are private.
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  attributesToSettle: ["class"], // setting a style attribute is refused by the content policy
  timeout: 60000,
  scrollIntoViewOnBoost: true,
});
