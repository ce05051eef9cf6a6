"use strict";
/* Tells whom the incident would page whenever something else is chosen, and lets the form be sent once. */
(() => {
  const form = document.getElementById("incident_form");
  const look = (event) => {
    if (["policy", "schedule", "owner"].includes(event.target.name)) window.htmx.trigger("#preview", "chosen");
  };
  // The lists that are searched tell of a choice by jQuery alone.
  window.django.jQuery(form).on("change", look);
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });
})();
