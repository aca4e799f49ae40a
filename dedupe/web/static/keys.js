// Keys without modifiers for what a page offers: an element with data-key is clicked by that key.
// Everything works without this file; typing in a field is never taken for a key.
"use strict";

const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
  if (typing(event.target)) return;
  const named = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!named || named.disabled) return;
  event.preventDefault();
  if (named.matches("dialog")) named.open ? named.close() : named.showModal();
  else if (named.matches("input, textarea")) named.focus();
  else if (document.querySelector("dialog[open]")) return;
  else named.click();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
});
