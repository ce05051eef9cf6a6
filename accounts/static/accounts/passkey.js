/* Buttons with data-passkey ask the browser for a passkey: its value names the function of allauth that does so. Where
   the browser knows none, or runs no scripts, they stay hidden, and what they add to the page with them. */

(function () {
  "use strict";

  if (!window.PublicKeyCredential) return;
  const problem = document.getElementById("passkey_problem");

  document.querySelectorAll("[data-passkey]").forEach(function (button) {
    const ids = { login: button.id, add: button.id, authenticate: button.id, credential: "credential" };
    if (document.getElementById("passkey_data")) ids.data = "passkey_data";
    if (document.getElementById("id_passwordless")) ids.passwordless = "id_passwordless";
    window.allauth.webauthn.forms[button.dataset.passkey]({ ids });
    button.hidden = false;
  });

  document.addEventListener("allauth.error", function (failure) {
    failure.preventDefault();
    problem.hidden = false;
  });
})();
