// The editor of weekly windows: rows are added and taken away. Without it an empty row stands below those there are.
(() => {
  "use strict";

  const manage = (editor) => {
    if (editor.matches(".is-live")) return;
    editor.classList.add("is-live");
    const template = editor.querySelector(":scope > template");
    const add = editor.querySelector("[data-add-window]");
    let next = editor.querySelectorAll(".window").length;

    const changed = () => editor.dispatchEvent(new Event("input", { bubbles: true }));
    const prepare = (row) => {
      const button = row.querySelector("[data-remove-window]");
      button.hidden = false;
      button.addEventListener("click", () => {
        row.remove();
        add.focus();
        changed();
      });
    };

    const spare = editor.querySelector("[data-spare]");
    const isFilled = spare?.querySelector("input:checked") || [...(spare?.querySelectorAll("[type=time]") ?? [])].some((one) => one.value);
    if (spare && !isFilled) spare.remove();
    editor.querySelectorAll(".window").forEach(prepare);
    add.hidden = false;
    add.addEventListener("click", () => {
      const holder = document.createElement("div");
      holder.innerHTML = template.innerHTML.replaceAll("__window__", next);
      next += 1;
      const row = holder.firstElementChild;
      add.before(row);
      prepare(row);
      row.querySelector("input").focus();
      changed();
    });
  };

  const manageAll = (part) => part.querySelectorAll("[data-windows]").forEach(manage);
  document.addEventListener("DOMContentLoaded", () => manageAll(document));
  document.addEventListener("formset:added", (event) => manageAll(event.target));
})();
