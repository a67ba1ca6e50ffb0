// A decision that is being made: its page follows the service's events, and is loaded anew when they end.
"use strict";
const shown = document.querySelector("[data-events]");
if (shown) {
  const events = new EventSource(shown.dataset.events);
  const put = (name, text) => {
    const place = shown.querySelector(`[data-progress="${name}"]`);
    if (place && place.textContent !== text) place.textContent = text;
  };
  const usd = (amount) => amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  events.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    put("status", told.status);
    const progress = told.progress;
    if (!progress) return;
    if (progress.step) put("step", progress.step);
    if (progress.best_usd_per_month !== null) put("best", usd(progress.best_usd_per_month));
    if (progress.lower_bound_usd_per_month !== null) put("bound", usd(progress.lower_bound_usd_per_month));
    if (progress.parts) put("parts", `${progress.parts_solved ?? 0} of ${progress.parts}`);
  });
  events.addEventListener("end", () => {
    events.close();
    location.reload();
  });
}
