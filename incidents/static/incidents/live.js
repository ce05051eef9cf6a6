"use strict";
/*
 * Keeps a part of a page as the server has it: htmx asks every few seconds, this puts what has changed into the page.
 *
 * Within [data-live] each [data-part] is replaced by itself, and in a [data-rows] each row; what is the same is left
 * alone, so focus, selection and scrolling stay. What somebody is busy with is not touched: text being typed or selected,
 * something opened to be confirmed, a button being pressed. It is caught up with as soon as they are done; until then a
 * command it sends carries what it showed, and the server refuses it if that is over.
 */
(() => {
  const TIME = "Scaling-Time";
  const TOKEN = /<input[^>]*name="csrfmiddlewaretoken"[^>]*>/g;
  const sent = new WeakMap();
  let isPressed = false;

  const regions = () => document.querySelectorAll("[data-live]");
  const regionOf = (event) => (event.target instanceof Element && event.target.matches("[data-live]") ? event.target : null);
  const tagOf = (region) => region.querySelector("[data-tag]");
  const clock = (date) => date.toISOString().slice(11, 19) + " UTC";

  function remember(root) {
    for (const part of root.querySelectorAll("[data-part]")) {
      for (const node of part.hasAttribute("data-rows") ? part.children : [part]) sent.set(node, asSent(node));
    }
  }

  const asSent = (node) => node.outerHTML.replace(TOKEN, "");

  function isBusy(node) {
    const selection = window.getSelection();
    if (selection && !selection.isCollapsed && selection.containsNode(node, true)) return true;
    if (node.querySelector("details[open] form")) return true;
    return [...node.querySelectorAll("textarea, select, input:not([type=hidden])")].some(
      (field) => field === document.activeElement || isChanged(field)
    );
  }

  function isChanged(field) {
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.value !== "";
    return field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  }

  /* Returns the node that stands there now; what is busy stays as it was, and says that it is behind. */
  function catchUp(old, fresh) {
    if (sent.get(old) === asSent(fresh)) return old;
    if (isBusy(old)) {
      old.toggleAttribute("data-behind", true);
      return old;
    }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    sent.set(fresh, asSent(fresh));
    const opened = fresh.querySelectorAll("details");
    old.querySelectorAll("details").forEach((one, place) => { if (opened[place]) opened[place].open = one.open; });
    old.replaceWith(fresh);
    if (focused) {
      const same = focused.id && document.getElementById(focused.id);
      (same || fresh.querySelector("a[href], button") || fresh).focus({ preventScroll: true });
    }
    return fresh;
  }

  function catchUpRows(old, fresh) {
    const focused = document.activeElement;
    let place = old.firstElementChild;
    for (const row of [...fresh.children]) {
      const known = [...old.children].find((one) => one.id === row.id);
      if (!known) sent.set(row, asSent(row));
      const isNext = known && known === place;
      const node = known ? catchUp(known, row) : row;
      if (isNext) place = node;
      if (node === place) place = place.nextElementSibling;
      else old.insertBefore(node, place);
    }
    while (place) {
      const next = place.nextElementSibling;
      place.remove();
      place = next;
    }
    if (focused && focused.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  function merge(region, text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-tag]");
    if (!fresh) return;
    announce(region, fresh.querySelector("[data-announce]"));
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      if (!old) continue;
      if (part.hasAttribute("data-rows")) catchUpRows(old, part);
      else catchUp(old, part);
    }
    tagOf(region).dataset.tag = region.querySelector("[data-behind]") ? "" : fresh.dataset.tag;
    document.dispatchEvent(new CustomEvent("live:merged"));
  }

  /* For those who do not see it change: what is replaced is not read out by itself. */
  function announce(region, told) {
    const text = told ? words(told) : "";
    if (text === region.dataset.told) return;
    region.dataset.told = text;
    region.querySelector("[data-live-said]").textContent = text;
  }

  function words(told) {
    const copy = told.cloneNode(true);
    copy.querySelectorAll("[aria-hidden]").forEach((symbol) => symbol.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  function seen(region, time) {
    region.dataset.seen = time;
    document.body.dataset.clockOffset = String(new Date(time) - Date.now());
    region.removeAttribute("data-lost");
    region.querySelector("[data-live-time]").textContent = "As of " + clock(new Date(time));
    say(region, "");
  }

  function say(region, text, link) {
    const note = region.querySelector("[data-live-note]");
    if (note.dataset.said === text) return;
    note.dataset.said = text;
    note.textContent = text;
    note.classList.toggle("banner", text !== "");
    note.classList.toggle("bad", text !== "");
    if (link) {
      const again = document.createElement("a");
      again.href = window.location.href;
      again.textContent = link;
      note.append(" ", again);
    }
  }

  function lost(region) {
    region.toggleAttribute("data-lost", true);
    say(region, "The connection is lost: this is from " + clock(new Date(region.dataset.seen)) + " and may be out of date. Trying again.");
  }

  function shutOut(region) {
    region.toggleAttribute("data-lost", true);
    say(region, "This is from " + clock(new Date(region.dataset.seen)) + " and is not kept up to date: you are signed out, or may not see it any more.", "Open it again");
  }

  document.addEventListener("htmx:configRequest", (event) => {
    const region = regionOf(event);
    if (region && tagOf(region).dataset.tag) event.detail.headers["If-None-Match"] = tagOf(region).dataset.tag;
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const region = regionOf(event);
    if (!region) return;
    event.detail.shouldSwap = false;
    const answer = event.detail.xhr;
    const time = answer.getResponseHeader(TIME);
    if (answer.status >= 500) lost(region);
    else if (!time) shutOut(region);
    else {
      seen(region, time);
      if (answer.status === 200 && !isPressed) merge(region, answer.responseText);
    }
  });

  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      const region = regionOf(event);
      if (region) lost(region);
    });
  }

  const look = () => regions().forEach((region) => window.htmx.trigger(region, "look"));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  window.addEventListener("online", look);
  document.addEventListener("toggle", (event) => {
    const part = event.target.closest && event.target.closest("[data-behind]");
    if (part && !event.target.open) {
      part.removeAttribute("data-behind");
      look();
    }
  }, true);
  document.addEventListener("pointerdown", () => { isPressed = true; });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(() => { isPressed = false; }));

  regions().forEach((region) => {
    remember(region);
    region.dataset.told = words(region.querySelector("[data-announce]"));
    seen(region, region.dataset.now);
  });
})();
