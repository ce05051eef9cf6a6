"use strict";
/*
 * Counts down to the instants of time[data-countdown], and tells how long ago those of time[data-age] are, by the
 * server's clock. Without this script they read as the instants they are.
 */
(() => {
  const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const now = () => Date.now() + Number(document.body.dataset.clockOffset || 0);
  const two = (number) => String(number).padStart(2, "0");

  function ahead(wait) {
    if (wait <= 0) return "now";
    const seconds = Math.ceil(wait / SECOND);
    const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
    if (wait >= DAY) return Math.floor(wait / DAY) + " d " + (hours % 24) + " h";
    return (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(seconds % 60);
  }

  function back(age) {
    if (age < MINUTE) return "just now";
    if (age < HOUR) return Math.floor(age / MINUTE) + " min";
    if (age < DAY) return Math.floor(age / HOUR) + " h " + (Math.floor(age / MINUTE) % 60) + " min";
    return Math.floor(age / DAY) + " d " + (Math.floor(age / HOUR) % 24) + " h";
  }

  function show(time, text) {
    if (!time.title) time.title = time.textContent;
    if (time.textContent !== text) time.textContent = text;
  }

  function tick() {
    for (const time of document.querySelectorAll("time[data-countdown]")) {
      const wait = new Date(time.dateTime) - now();
      show(time, ahead(wait));
      time.classList.toggle("soon", wait < MINUTE);
    }
    for (const time of document.querySelectorAll("time[data-age]")) {
      const age = now() - new Date(time.dateTime);
      show(time, back(age) + (time.dataset.age && age >= MINUTE ? " " + time.dataset.age : ""));
    }
  }

  tick();
  setInterval(tick, SECOND);
  document.addEventListener("live:merged", tick);
})();
