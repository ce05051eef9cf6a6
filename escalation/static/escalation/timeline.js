// The picture of a schedule's fortnight: times in the viewer's zone, and dragging out an override with the mouse.
// Without this script the picture is complete, in UTC beside the schedule's zone, and overrides are made by form.
(() => {
  "use strict";

  const SNAP = 30 * 60 * 1000;
  const THRESHOLD = 4;

  const showViewersTime = (row) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const clock = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });
    const label = row.querySelector("[data-zone]");
    label.textContent = label.parentElement.title = zone;
    for (const time of row.querySelectorAll("time")) {
      time.textContent = clock.format(new Date(time.dateTime)).replace(",", "");
    }
  };

  const scrollToNow = (canvas) => {
    const scroller = canvas.parentElement;
    const names = canvas.querySelector(".who").offsetWidth;
    const now = ((canvas.scrollWidth - names) * Number(canvas.dataset.now)) / 100;
    scroller.scrollLeft = now - (scroller.clientWidth - names) / 4;
  };

  class Choice {
    // A span of a line that somebody is dragging out.
    constructor(lane, canvas, at) {
      this.lane = lane;
      this.starts = Date.parse(canvas.dataset.starts);
      this.ends = Date.parse(canvas.dataset.ends);
      this.zone = canvas.dataset.zone;
      this.from = this.at(at);
      this.until = this.from;
      this.box = document.createElement("li");
      this.box.className = "choice";
      this.words = this.box.appendChild(document.createElement("output"));
    }

    at(x) {
      const box = this.lane.getBoundingClientRect();
      const share = Math.min(Math.max((x - box.left) / box.width, 0), 1);
      return this.starts + share * (this.ends - this.starts);
    }

    get bounds() {
      const [first, last] = [this.from, this.until].sort((one, other) => one - other);
      const snapped = (at) => this.starts + Math.round((at - this.starts) / SNAP) * SNAP;
      const from = snapped(first);
      return [from, Math.min(Math.max(snapped(last), from + SNAP), this.ends)];
    }

    moveTo(x) {
      this.until = this.at(x);
      if (!this.box.isConnected) this.lane.append(this.box);
      const [from, until] = this.bounds;
      const percent = (length) => `${(100 * length) / (this.ends - this.starts)}%`;
      this.box.style.left = percent(from - this.starts);
      this.box.style.width = percent(until - from);
      this.box.classList.toggle("late", until - this.starts > (this.ends - this.starts) * 0.7);
      this.words.textContent = `${this.told(from)} – ${this.told(until)}`;
    }

    told(at) {
      const parts = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
      return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: this.zone }).format(new Date(at));
    }

    remove() {
      this.box.remove();
    }
  }

  const followPointer = (lane, canvas, begun) => {
    const choice = new Choice(lane, canvas, begun.clientX);
    let isDragging = false;

    const onMove = (event) => {
      isDragging ||= Math.abs(event.clientX - begun.clientX) > THRESHOLD;
      if (isDragging) choice.moveTo(event.clientX);
    };
    const stop = () => {
      document.removeEventListener("pointermove", onMove);
      document.removeEventListener("pointerup", onUp);
      document.removeEventListener("pointercancel", onEnd);
      document.removeEventListener("keydown", onKey);
    };
    const onEnd = () => {
      stop();
      choice.remove();
    };
    const onKey = (event) => {
      if (event.key === "Escape") onEnd();
    };
    const onUp = () => {
      stop();
      if (!isDragging) return;
      const address = new URL(canvas.dataset.override, location.href);
      const [from, until] = choice.bounds.map((at) => new Date(at).toISOString());
      address.searchParams.set("from", from);
      address.searchParams.set("until", until);
      if (lane.dataset.rotation) address.searchParams.set("rotation", lane.dataset.rotation);
      location.assign(address);
    };
    document.addEventListener("pointermove", onMove);
    document.addEventListener("pointerup", onUp);
    document.addEventListener("pointercancel", onEnd);
    document.addEventListener("keydown", onKey);
  };

  for (const row of document.querySelectorAll("[data-viewer]")) showViewersTime(row);
  for (const canvas of document.querySelectorAll("[data-now]")) scrollToNow(canvas);
  for (const canvas of document.querySelectorAll("[data-override]")) {
    for (const lane of canvas.querySelectorAll("[data-line]")) {
      lane.addEventListener("pointerdown", (event) => {
        // A finger scrolls the picture.
        if (event.button !== 0 || event.pointerType === "touch") return;
        event.preventDefault();
        followPointer(lane, canvas, event);
      });
    }
  }
})();
