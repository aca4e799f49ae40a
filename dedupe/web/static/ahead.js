// The next question is fetched while one is looked at: an answer shows it at once, and is sent meanwhile.
// What the server says of the answer comes behind: a toast to take it back, or why nothing was decided.
"use strict";

let ahead = null; // {question, address, page}: the next question, the reviewer's own by now
let sending = Promise.resolve(); // answers go one after the other, in their order

const asked = () => document.querySelector("form.decide[data-question]");
const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

async function lookAhead() {
  ahead = null;
  const form = asked();
  if (!form || form.dataset.ahead) return;
  form.dataset.ahead = "asked";
  const query = new URLSearchParams({ besides: form.dataset.question, within: form.elements.within.value });
  const answer = await fetch(`/review/next?${query}`);
  if (answer.status !== 200) return;
  const page = parsed(await answer.text());
  const next = page.querySelector("form.decide[data-question]");
  if (next && asked() === form) ahead = { question: next.dataset.question, address: answer.url, page };
}

function show({ address, page }) {
  const content = document.getElementById("content");
  content.replaceChildren(...document.adoptNode(page.getElementById("content")).childNodes);
  document.title = page.title;
  history.pushState({ htmx: true }, "", address);
  htmx.process(content);
  window.scrollTo(0, 0);
  content.focus({ preventScroll: true });
  ahead = null;
  sending.then(lookAhead); // behind the answer: until then what it is given to is the next one still
}

function tell(answered) {
  document.querySelectorAll(".toast").forEach((toast) => toast.remove());
  const toast = answered.querySelector(".toast");
  if (!toast) return;
  const content = document.getElementById("content");
  content.prepend(document.adoptNode(toast));
  htmx.process(content.firstElementChild);
}

async function send(address, body, question) {
  const answer = await fetch(address, { method: "POST", body });
  const page = parsed(await answer.text());
  const answered = page.getElementById("answered");
  if (!answered) { show({ address: question, page }); return; } // it was refused: the question again, with why
  if (answered.dataset.asked === "no" && asked()?.dataset.question === body.get("ahead")) {
    const next = await fetch(`/review/next?${new URLSearchParams({ within: body.get("within") })}`);
    show({ address: next.url, page: parsed(await next.text()) });
  }
  tell(answered);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!ahead || !form.matches("form.decide[data-question]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const next = ahead, question = location.href;
  const body = new URLSearchParams(new FormData(form, event.submitter));
  body.set("ahead", next.question);
  const address = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  sending = sending.then(() => send(address, body, question)).catch(() => location.assign(question));
  show(next);
}, true);

document.addEventListener("htmx:load", lookAhead); // where that fails the answer leads on by itself
