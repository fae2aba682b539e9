// The little that HTML and htmx do not do by themselves. No inline script is allowed by the policy.
"use strict";

// A menu closes when the visitor looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.visitor[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.visitor[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A filter that is chosen from a list counts at once.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.filters");
  if (form && event.target.matches("select")) form.requestSubmit();
});

// On a phone the lesser filters are folded away behind a button.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fold]");
  if (!button) return;
  const open = document.getElementById(button.dataset.fold).classList.toggle("unfolded");
  button.setAttribute("aria-expanded", String(open));
});

// One box ticks all of a form's boxes.
document.addEventListener("change", (event) => {
  const form = event.target.dataset.ticks;
  if (!form) return;
  for (const box of document.querySelectorAll(`input[name="ids"][form="${form}"]`)) {
    box.checked = event.target.checked;
  }
});

// Empty filters stay out of the address.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.filters")) return;
  for (const field of event.target.elements) {
    if (field.name && !field.value) field.disabled = true;
  }
});
// Going back shows the page with its filters and forms usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const field of document.querySelectorAll("form.filters [disabled]")) field.disabled = false;
});

// A form is sent once, however often its button is clicked.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});

// A box that chooses all others of its name.
document.addEventListener("change", (event) => {
  const name = event.target.dataset.all;
  if (!name) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${name}"]`)) {
    box.checked = event.target.checked;
  }
});

// A passkey that was refused or cancelled is told in the page.
document.addEventListener("allauth.error", (event) => {
  const told = document.querySelector("[data-passkey-trouble]");
  if (!told) return;
  event.preventDefault();
  told.hidden = false;
});
