"use strict";
/*
 * Rows in an order, as the layers of a policy: moved by mouse, finger or keyboard, added and removed, and numbered as
 * they stand. What a row is called the panel says in "data-noun"; its fields "data-names" say which one it is.
 *
 * Dragging is done by the Sortable that unfold ships, which tells of a move by the event "update". What is sent is the
 * number of each layer in its field "position"; a new layer that is removed again stays in the form, marked as deleted,
 * so that the numbers in the names of the fields have no gaps.
 */
{
  const MOST_NAMES = 3;

  const manage = (panel) => {
    const noun = panel.dataset.noun ?? "Layer";
    const list = panel.querySelector(".layers");
    const told = panel.querySelector("[data-told]");
    const add = panel.querySelector("[data-add-layer]");
    const template = panel.querySelector("[data-new-layer]");
    const total = panel.querySelector("input[name$='-TOTAL_FORMS']");

    const rows = () => [...list.querySelectorAll(":scope > .layer:not(.sortable-fallback)")];
    const staying = () => rows().filter((row) => !isRemoved(row));
    const say = (sentence) => { told.textContent = sentence; };

    const renumber = () => {
      const living = staying();
      rows().forEach((row, index) => {
        const place = living.indexOf(row) + 1;
        row.querySelector("input[name$='-position']").value = index + 1;
        row.querySelector("[data-number]").textContent = place || "-";
        name(row, place, noun.toLowerCase());
      });
      add.disabled = living.length >= Number(panel.dataset.most);
    };

    const changed = (row) => {
      renumber();
      // What warns of leaving a changed form listens to this.
      row.querySelector("input[name$='-position']").dispatchEvent(new Event("input", { bubbles: true }));
    };

    const tellPlace = (row) => {
      const living = staying();
      say(`${noun} ${target(row)} moved to position ${living.indexOf(row) + 1} of ${living.length}`);
    };

    const moveTo = (row, place) => {
      const others = staying().filter((one) => one !== row);
      const at = Math.max(0, Math.min(place, others.length));
      if (at === staying().indexOf(row)) {
        say(`${noun} ${target(row)} stays at position ${at + 1} of ${others.length + 1}`);
        return;
      }
      if (at < others.length) others[at].before(row);
      else others[at - 1].after(row);
      row.querySelector(".layer-handle").focus();
      row.scrollIntoView({ block: "nearest" });
      changed(row);
      tellPlace(row);
    };

    const remove = (row) => {
      if (row.hasAttribute("data-new")) {
        row.hidden = isRemoved(row);
        add.focus();
      }
      changed(row);
      say(`${noun} ${target(row)} ${isRemoved(row) ? "is removed when you save" : "is kept"}`);
    };

    const prepare = (row) => {
      row.querySelector(".layer-handle").hidden = false;
      if (row.hasAttribute("data-new")) row.hidden = isRemoved(row);
      // What select2 chooses, only jQuery hears of.
      django.jQuery(row).find("select").on("change", () => changed(row));
    };

    add.addEventListener("click", () => {
      const prefix = panel.dataset.layers;
      const holder = document.createElement("ol");
      holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
      const row = holder.firstElementChild;
      list.append(row);
      total.value = Number(total.value) + 1;
      row.dispatchEvent(new CustomEvent("formset:added", { bubbles: true, detail: { formsetName: prefix } }));
      prepare(row);
      changed(row);
      row.querySelector(".layer-field .select2-selection, .layer-field input:not([type=hidden])").focus();
      say(`${noun} ${staying().length} added`);
    });

    list.addEventListener("update", (event) => {
      changed(event.item);
      tellPlace(event.item);
    });

    list.addEventListener("keydown", (event) => {
      const handle = event.target.closest(".layer-handle");
      if (!handle || event.altKey || event.ctrlKey || event.metaKey) return;
      const row = handle.closest(".layer");
      const at = staying().indexOf(row);
      const wanted = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: staying().length - 1 }[event.key];
      if (wanted === undefined || at < 0) return;
      event.preventDefault();
      moveTo(row, wanted);
    });

    list.addEventListener("change", (event) => {
      if (event.target.matches("[name$='-DELETE']")) remove(event.target.closest(".layer"));
      else renumber();
    });

    panel.classList.add("is-live");
    rows().forEach(prepare);
    renumber();
  };

  const isRemoved = (row) => row.querySelector("input[name$='-DELETE']")?.checked ?? false;

  // Which row it is, as whom a layer pages, in few words.
  const target = (row) => {
    const typed = [...row.querySelectorAll("input[data-names]")].map((input) => input.value.trim());
    const chosen = [...row.querySelectorAll(".layer-schedule option:checked, .layer-people option:checked")];
    const names = [...typed, ...chosen.map((option) => option.textContent.trim())].filter(Boolean);
    const more = names.length - MOST_NAMES;
    if (names.length === 0) return row.querySelector("[data-names]") ? "without a name" : "without a target";
    return more > 0 ? `${names.slice(0, MOST_NAMES).join(", ")} and ${more} more` : names.join(", ");
  };

  const name = (row, place, noun) => {
    row.querySelector(".layer-handle").setAttribute("aria-label", `Move ${noun} ${place || ""}, ${target(row)}`);
    row.querySelector("input[name$='-DELETE']")?.setAttribute("aria-label", `Remove ${noun} ${place || ""}, ${target(row)}`);
  };

  // After everything else that waits for jQuery, which draws the boxes.
  document.addEventListener("DOMContentLoaded", () => {
    django.jQuery(() => document.querySelectorAll("[data-layers]").forEach(manage));
  });
}
