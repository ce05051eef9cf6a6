// Gives the boxes that select2 draws the name of the field they stand for, which it forgets (axe: aria-input-field-name).
(() => {
  "use strict";

  const nameBoxes = (part) => {
    for (const select of part.querySelectorAll("select.select2-hidden-accessible")) {
      const label = select.labels[0];
      const box = select.nextElementSibling;
      if (!label || !box) continue;
      label.id ||= `${select.id}_label`;
      for (const unnamed of box.querySelectorAll(".select2-selection, [role=textbox], .select2-search__field")) {
        const shown = unnamed.querySelector(".select2-selection__rendered")?.id;
        unnamed.setAttribute("aria-labelledby", shown ? `${label.id} ${shown}` : label.id);
      }
    }
  };

  // After everything else that waits for jQuery, which draws the boxes.
  document.addEventListener("DOMContentLoaded", () => window.django?.jQuery?.(() => nameBoxes(document)));
  document.addEventListener("formset:added", (event) => setTimeout(nameBoxes, 0, event.target));
})();
