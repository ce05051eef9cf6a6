// People who take turns: whoever is found comes last; each can be moved and removed, and the move is told.
(() => {
  "use strict";

  const manage = (editor) => {
    if (editor.matches(".is-live")) return;
    editor.classList.add("is-live");
    const list = editor.querySelector(".turns-list");
    const template = editor.querySelector("template");
    const finder = editor.querySelector("select");

    const say = (sentence) => {
      const told = editor.closest(".panel")?.querySelector("[data-told]");
      if (told) told.textContent = sentence;
    };
    const changed = () => editor.dispatchEvent(new Event("input", { bubbles: true }));
    const nameOf = (turn) => turn.querySelector("bdi").textContent;
    const placeOf = (turn) => [...list.children].indexOf(turn) + 1;

    const add = (key, name) => {
      const holder = document.createElement("ol");
      holder.innerHTML = template.innerHTML;
      const turn = holder.firstElementChild;
      turn.querySelector("input").value = key;
      turn.querySelector("bdi").textContent = name;
      for (const button of turn.querySelectorAll("button")) {
        const words = { "-1": `${name} earlier`, 1: `${name} later`, 0: `Remove ${name}` };
        button.setAttribute("aria-label", words[button.dataset.turn]);
      }
      list.append(turn);
      say(`${name} has turn ${placeOf(turn)}`);
      changed();
    };

    const move = (turn, button) => {
      const step = Number(button.dataset.turn);
      const other = step < 0 ? turn.previousElementSibling : turn.nextElementSibling;
      if (other && step < 0) other.before(turn);
      if (other && step > 0) other.after(turn);
      button.focus();
      say(`${nameOf(turn)} has turn ${placeOf(turn)} of ${list.children.length}`);
      changed();
    };

    const remove = (turn) => {
      const next = turn.nextElementSibling ?? turn.previousElementSibling;
      turn.remove();
      (next?.querySelector("[data-turn='0']") ?? editor.querySelector(".select2-selection"))?.focus();
      say(`${nameOf(turn)} has no turn there any more`);
      changed();
    };

    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-turn]");
      if (!button) return;
      const turn = button.closest(".turn-row");
      if (button.dataset.turn === "0") remove(turn);
      else move(turn, button);
    });

    // What select2 chooses, only jQuery hears of.
    django.jQuery(finder).on("select2:select", (event) => {
      add(event.params.data.id, event.params.data.text);
      django.jQuery(finder).val(null).trigger("change");
    });
  };

  const manageAll = (part) => part.querySelectorAll("[data-turns]").forEach(manage);
  document.addEventListener("DOMContentLoaded", () => django.jQuery(() => manageAll(document)));
  document.addEventListener("formset:added", (event) => manageAll(event.target));
})();
