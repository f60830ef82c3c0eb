"use strict";
// Everything works without this file; with it moments are local, curves are drawn, and lists stay live.

const words = (element, options) => new Intl.DateTimeFormat(undefined, options).format(new Date(element.dateTime));
const shapes = {
  day: { day: "numeric", month: "short", year: "numeric" },
  moment: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
};

function localise(root) {
  for (const element of root.querySelectorAll("time[data-as]")) {
    element.textContent = words(element, shapes[element.dataset.as]);
  }
  for (const tick of root.querySelectorAll("text[data-at]")) {
    tick.textContent = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric" }).format(new Date(tick.dataset.at));
  }
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function faint(name, share) {
  return `color-mix(in srgb, ${colour(name)} ${share}%, transparent)`;
}

const NAMES = { past: "score", forecast: "forecast", since: "became", what_if: "with the touch" };

// Bands behind the curve, the line it must not cross, and the present.
function background(drawing) {
  return (plot) => {
    const { ctx, bbox } = plot;
    const y = (score) => plot.valToPos(score, "y", true);
    const [cooling, aligned] = drawing.bands;
    ctx.save();
    for (const [name, from, to] of [["misaligned", 0, cooling], ["cooling", cooling, aligned], ["aligned", aligned, 100]]) {
      ctx.fillStyle = faint(name, 7);
      ctx.fillRect(bbox.left, y(to), bbox.width, y(from) - y(to));
    }
    ctx.strokeStyle = faint("misaligned", 70);
    ctx.setLineDash([4, 4]);
    ctx.beginPath(); ctx.moveTo(bbox.left, y(drawing.line)); ctx.lineTo(bbox.left + bbox.width, y(drawing.line)); ctx.stroke();
    const present = plot.valToPos(drawing.at, "x", true);
    ctx.strokeStyle = colour("edge"); ctx.setLineDash([]);
    ctx.beginPath(); ctx.moveTo(present, bbox.top); ctx.lineTo(present, bbox.top + bbox.height); ctx.stroke();
    ctx.restore();
  };
}

// Touches along the foot, booked meetings, and where the forecast crosses the line.
function marks(drawing) {
  return (plot) => {
    const { ctx, bbox } = plot;
    const unit = devicePixelRatio;
    const foot = bbox.top + bbox.height - 7 * unit;
    const inside = (at) => at >= plot.scales.x.min && at <= plot.scales.x.max;
    const dot = (at, y, radius, fill, stroke) => {
      ctx.beginPath();
      ctx.arc(plot.valToPos(at, "x", true), y, radius * unit, 0, 2 * Math.PI);
      if (fill) { ctx.fillStyle = fill; ctx.fill(); }
      if (stroke) { ctx.strokeStyle = stroke; ctx.lineWidth = 2 * unit; ctx.stroke(); }
    };
    ctx.save();
    for (const touch of drawing.touches.filter((one) => inside(one.at))) {
      const name = touch.kind === "setback" ? "strain" : touch.direction === "outbound" ? "field" : "dialogue";
      dot(touch.at, foot, 3, colour(name));
    }
    for (const at of drawing.planned.filter(inside)) dot(at, foot, 4, null, colour("depth"));
    if (drawing.falls_at && inside(drawing.falls_at)) {
      const y = plot.valToPos(drawing.line, "y", true);
      dot(drawing.falls_at, y, 4.5, colour("card"), colour("misaligned"));
      ctx.fillStyle = colour("misaligned-ink");
      ctx.font = `${12 * unit}px system-ui, sans-serif`;
      ctx.textAlign = "left";
      const text = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }).format(drawing.falls_at * 1000);
      ctx.fillText(text, plot.valToPos(drawing.falls_at, "x", true) + 8 * unit, y - 8 * unit);
    }
    ctx.restore();
  };
}

function readout(host, drawing, names) {
  const box = document.createElement("div");
  box.className = "readout";
  box.hidden = true;
  host.append(box);
  return (plot) => {
    const index = plot.cursor.idx;
    box.hidden = index === null || index === undefined || plot.cursor.left < 0;
    if (box.hidden) return;
    const at = plot.data[0][index];
    const told = names.map((name, n) => [name, plot.data[n + 1][index]]).filter(([, score]) => score !== null && score !== undefined);
    const day = new Intl.DateTimeFormat(undefined, shapes.day).format(at * 1000);
    box.textContent = [day, ...told.map(([name, score]) => `${NAMES[name] || name} ${Math.round(score)}`)].join(" · ");
    const left = plot.valToPos(at, "x") + plot.over.offsetLeft;
    box.style.left = `${Math.min(Math.max(left - box.offsetWidth / 2, 0), host.clientWidth - box.offsetWidth)}px`;
    box.style.top = "4px";
  };
}

function axes() {
  const font = "12px system-ui, sans-serif";
  const common = { stroke: colour("soft"), font, ticks: { show: false }, grid: { stroke: faint("edge", 60), width: 1 } };
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const days = { values: (_, moments) => moments.map((at) => day.format(at * 1000)), space: 64 };
  return [{ ...common, ...days, grid: { show: false } }, { ...common, size: 34, splits: [0, 20, 40, 60, 80, 100] }];
}

function draw(host, moments, lines, hooks, height) {
  host.plot?.destroy();
  host.querySelector(".readout")?.remove();
  const names = Object.keys(lines).filter((name) => lines[name].some((score) => score !== null));
  const styles = {
    past: { stroke: colour("accent"), width: 2.5, fill: faint("accent", 8) },
    scores: { stroke: colour("accent"), width: 2.5, fill: faint("accent", 8) },
    forecast: { stroke: colour("accent"), width: 2, dash: [2, 5] },
    since: { stroke: colour("field"), width: 1.8 },
    what_if: { stroke: colour("depth"), width: 2.2, dash: [7, 4] },
  };
  const series = names.map((name) => ({ ...styles[name], spanGaps: true, points: { show: false } }));
  const tell = readout(host, lines, names);
  host.plot = new uPlot({
    width: host.clientWidth, height, legend: { show: false }, padding: [10, 14, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { setScale: false } },
    scales: { y: { range: [0, 100] } }, axes: axes(), series: [{}, ...series],
    hooks: { ...hooks, setCursor: [tell] },
  }, [moments, ...names.map((name) => lines[name])], host);
}

function drawAll(root) {
  for (const host of root.querySelectorAll("[data-curve]")) {
    const drawing = JSON.parse(host.dataset.curve);
    draw(host, drawing.moments, drawing.lines, { drawClear: [background(drawing)], draw: [marks(drawing)] }, 320);
  }
  for (const host of root.querySelectorAll("[data-trend]")) {
    const drawing = JSON.parse(host.dataset.trend);
    draw(host, drawing.moments, { scores: drawing.scores }, {}, 180);
  }
}

function begin(root) {
  localise(root);
  drawAll(root);
  for (const slider of root.querySelectorAll("input[data-reversed]")) slider.style.direction = "rtl"; // the past is to the left
}

let told;
function tell(text) {
  const place = document.getElementById("told");
  place.textContent = text;
  clearTimeout(told);
  told = setTimeout(() => { place.textContent = ""; }, 8000);
}

document.addEventListener("DOMContentLoaded", () => begin(document));
document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) begin(event.target); });
// Nobody's form is taken away while they fill it in, nor what they have opened to read.
document.addEventListener("htmx:beforeRequest", (event) => {
  const section = event.target;
  if (!section.matches?.("[data-calm]")) return;
  if (section.contains(document.activeElement) || section.querySelector("details[open]")) event.preventDefault();
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status !== 401) tell(event.detail.xhr.responseText.slice(0, 300) || "That did not work.");
});
document.addEventListener("htmx:sendError", () => tell("attune does not answer. Try again in a moment."));
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".drop") || !event.target.open) return;
  for (const other of event.target.parentElement.querySelectorAll(".drop[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest?.(".drop[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});
let width = innerWidth;
addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; drawAll(document); } });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
