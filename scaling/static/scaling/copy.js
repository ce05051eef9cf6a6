// A button with data-copies="ID" copies what the element of that id says, and tells so in the page's status line.
"use strict";

for (const button of document.querySelectorAll("[data-copies]")) {
  const source = document.getElementById(button.dataset.copies);
  const told = document.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      told.textContent = "Copied.";
    } catch {
      // Without https there is no clipboard: mark the text, so that one key stroke copies it.
      window.getSelection().selectAllChildren(source);
      told.textContent = "Your browser does not let us copy. It is selected: press Ctrl or Cmd and C.";
    }
  });
}
