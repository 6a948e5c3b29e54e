(() => {
  "use strict";
  const NARROW = 560, PRINT_WIDTH = 670, BRIEF_WIDTH = 385, CHAPTER_WIDTH = 950, SMALLEST = 12, GAP = "\u2005";
  const CONFIG = { locale: "vi", displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: false };
  const LOCALE = {
    moduleType: "locale", name: "vi", dictionary: {},
    format: {
      days: ["Chủ nhật", "Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy"],
      shortDays: ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
      months: Array.from({ length: 12 }, (_, i) => "Tháng " + (i + 1)),
      shortMonths: Array.from({ length: 12 }, (_, i) => "Th" + (i + 1)),
      date: "%d/%m/%Y", decimal: ",", thousands: ".",
    },
  };
  const packed = document.getElementById("plotly-gz");
  const plotsHere = () => Array.from(document.querySelectorAll(".plot"));
  let plots = [];

  const isObject = (x) => x !== null && typeof x === "object" && !Array.isArray(x);
  const merge = (base, patch) => {
    if (!isObject(base) || !isObject(patch)) return patch;
    const merged = { ...base };
    for (const key of Object.keys(patch)) merged[key] = key in base ? merge(base[key], patch[key]) : patch[key];
    return merged;
  };
  const root = document.documentElement;
  const look = JSON.parse(document.getElementById("look").textContent);
  const darkScreen = window.matchMedia("screen and (prefers-color-scheme: dark)");
  let printing = false;
  const inDark = (value) => {
    if (typeof value === "string") return value.replace(/#[0-9a-f]{6}/gi, (hex) => look.dark[hex.toLowerCase()] || hex);
    if (Array.isArray(value)) return value.map(inDark);
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inDark(one)])) : value;
  };
  // The place of the ward that the reader picked: a frame around its row or panel, a ring
  // around its dot, its line of months, its label in bold behind a pointer.
  const marked = (figure, picks, isNarrow) => {
    const pick = picks[root.dataset.ward];
    if (!pick) return figure;
    const { layout } = figure;
    const frame = { type: "rect", line: { color: look.pick, width: 2 }, fillcolor: "rgba(0,0,0,0)", layer: "above", name: "picked" };
    const half = 0.5;
    if ("y" in pick) {
      layout.shapes = [...(layout.shapes || []), { ...frame, xref: "paper", x0: 0, x1: 1.008, yref: "y", y0: pick.y - half, y1: pick.y + half }];
      const axis = layout.yaxis || {};
      const place = (axis.tickvals || []).indexOf(pick.y);
      if (place >= 0 && axis.ticktext) layout.yaxis = { ...axis, ticktext: axis.ticktext.map((text, i) => (i === place ? "<b>▶ " + text + "</b>" : text)) };
    }
    const box = (isNarrow && pick.compactBox) || pick.box;
    if (box) layout.shapes = [...(layout.shapes || []), { ...frame, x0: box[0], y0: box[1], x1: box[2], y1: box[3] }];
    if (pick.at) {
      figure.data.push({
        type: "scatter", mode: "markers", x: [pick.at[0]], y: [pick.at[1]], name: "picked", hoverinfo: "skip",
        cliponaxis: false, marker: { symbol: "circle-open", size: 22, color: look.pick, line: { width: 2.5 } },
      });
    }
    if (pick.line) {
      const name = root.dataset.wardName;
      const last = pick.line.map((value) => value !== null).lastIndexOf(true);
      figure.data.push({
        type: "scatter", mode: "lines+text", x: pick.line.map((_, i) => i), y: pick.line, name: "picked", hoverinfo: "skip",
        line: { color: look.pick, width: 2, dash: "dot" }, cliponaxis: false,
        text: pick.line.map((_, i) => (i === last ? name : "")), textposition: "top left", textfont: { color: look.pick },
      });
      const axis = layout.yaxis || {};
      const known = pick.line.filter((value) => value !== null);
      if (axis.range && known.length) layout.yaxis = { ...axis, range: [Math.min(axis.range[0], Math.min(...known) - 0.3), Math.max(axis.range[1], Math.max(...known) + 0.3)] };
    }
    return figure;
  };
  // Room for the names beside the rows is measured before plotly.js draws: left to find it by
  // itself it draws a chart twice, and measures each name once more to hide what has no room. Below
  // and above the room is given.
  const pen = document.createElement("canvas").getContext("2d");
  const widthOf = (label, size, family) => {
    pen.font = (label.includes("<b>") ? "bold " : "") + size + "px " + family;
    const lines = label.split("<br>").map((line) => line.replace(/<[^>]*>/g, ""));
    const plain = (line) => line.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
    return Math.max(...lines.map((line) => pen.measureText(plain(line)).width));
  };
  // Percentages as wide as any that plotly.js writes between two ends.
  const numbers = ({ range, nticks = 10, ticksuffix, tickprefix, tickformat }) => {
    if (ticksuffix !== "%" || tickprefix || tickformat || !range || !range.every(Number.isFinite) || range[0] === range[1]) return null;
    const step = Math.abs(range[1] - range[0]) / nticks, power = Math.floor(Math.log10(step));
    const decimals = Math.max(0, -(step > 5 * 10 ** power ? power + 1 : power));  // the next 1, 2 or 5
    return range.map((end) => end.toFixed(decimals) + ticksuffix);
  };
  const roomy = (layout) => {
    const usual = layout.template.layout, axis = layout.yaxis || {};
    usual.xaxis.automargin = false;
    const labels = axis.ticktext || numbers(axis);
    if (!labels || axis.visible === false || axis.showticklabels === false) return layout;
    const { size } = { ...usual.yaxis.tickfont, ...axis.tickfont };
    const left = Math.max(0, ...labels.map((label) => widthOf(label, size, usual.font.family)));
    return { ...layout, margin: { ...layout.margin, l: Math.ceil(left) + 4 }, yaxis: { ...axis, automargin: false, ticklabeloverflow: "allow" } };
  };
  // Words beyond the ends of bars are drawn as those of points are: of a bar plotly.js measures
  // each. Only where both look alike: words that are not made to fit, one bar in each place, on an
  // axis whose ends are given.
  const beyond = ({ data, layout }) => data.flatMap((trace) => {
    const { type, x, y, text, xaxis = "x", yaxis = "y", textposition, textfont } = trace;
    const across = trace.orientation === "h", axis = (across ? xaxis : yaxis).replace(/^./, "$&axis");
    const alike = data.filter((one) => one.type === "bar" && (one.xaxis || "x") === xaxis && (one.yaxis || "y") === yaxis);
    const isPlain = !["texttemplate", "outsidetextfont", "base", "offset"].some((name) => name in trace) && [x, y, text].every(Array.isArray);
    if (type !== "bar" || textposition !== "outside" || trace.constraintext !== "none" || alike.length > 1 || !isPlain || !(layout[axis] || {}).range) return trace;
    const place = (length) => (across ? "middle " + (length < 0 ? "left" : "right") : "top center");
    return [{ ...trace, textposition: "none" }, {
      type: "scatter", mode: "text", name: "words", x, y, xaxis, yaxis, textfont, hoverinfo: "skip", cliponaxis: false,
      text: across ? text.map((words) => words && GAP + words + GAP) : text, textposition: x.map(place),
    }];
  });
  // On a telephone no word of a chart is smaller than the smallest of the page.
  const readable = (part) => {
    if (Array.isArray(part)) return part.map(readable);
    if (!isObject(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => (
      /font$/.test(key) && value.size ? [key, { ...value, size: Math.max(value.size, SMALLEST) }] : [key, readable(value)]
    )));
  };
  const figures = new Map();
  const read = (plot, width) => {
    const { data, layout, compact, picks } = JSON.parse(figures.get(plot));
    const isNarrow = width < NARROW;
    const patch = isNarrow ? compact : {};
    const figure = { data: data.map((trace, i) => merge(trace, (patch.data || [])[i] || {})), layout: merge(layout, patch.layout || {}) };
    return { ...(isNarrow ? readable(figure) : figure), picks, isNarrow };
  };
  const figureFor = (plot, width) => {
    const { data, layout, picks, isNarrow } = read(plot, width);
    const figure = marked({ data: beyond({ data, layout }), layout: { ...layout, width, autosize: false } }, picks, isNarrow);
    figure.layout = roomy(figure.layout);
    tell(plot, picks);
    return darkScreen.matches && !printing ? inDark(figure) : figure;
  };
  const tell = (plot, picks) => {
    const figure = plot.closest("figure");
    let words = figure.querySelector(".chart-pick");
    const name = root.dataset.wardName;
    if (!name || !Object.keys(picks).length) { if (words) words.remove(); return; }
    if (!words) {
      words = document.createElement("p");
      words.className = "chart-pick";
      plot.before(words);
    }
    words.textContent = name + ": " + ((picks[root.dataset.ward] || picks[""] || {}).note || look.absent);
  };
  const draw = (plot, width = plot.clientWidth) => {
    if (plot.closest(".chapter:not([open])")) return false;  // drawn when it is opened
    const state = [width, darkScreen.matches && !printing, root.dataset.ward || ""].join();
    if (plot.dataset.state === state) return false;
    const { data, layout } = figureFor(plot, width);
    plot.style.minHeight = layout.height + "px";
    window.Plotly.react(plot, data, layout, CONFIG);
    plot.dataset.state = state;
    plot.dataset.width = width;
    return true;
  };
  const drawAll = (width) => plots.forEach((plot) => draw(plot, width));
  const widthOnPaper = (plot) => (plot.closest(".overview") ? BRIEF_WIDTH : plot.closest(".chapter") ? CHAPTER_WIDTH : PRINT_WIDTH);
  // On paper a report is its first screen, unless the whole is asked for.
  const onPaper = () => {
    const isBrief = document.querySelector(".overview") && !root.classList.contains("print-all");
    return plots.filter((plot) => !isBrief || plot.closest(".overview"));
  };

  const bytesOf = (base64) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const letters = atob(base64.trim()), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  };
  const unpacked = (element) => {
    const stream = new Blob([bytesOf(element.textContent)]).stream();
    return new Response(stream.pipeThrough(new DecompressionStream("gzip"))).text();
  };
  const start = async () => {
    const script = document.createElement("script");
    script.textContent = await unpacked(packed);
    document.head.appendChild(script);
    if (!window.Plotly) throw new Error("plotly.js");
    window.Plotly.register(LOCALE);
  };
  const giveUp = () => {
    root.classList.add("no-charts");
    document.getElementById("chart-note").hidden = false;
    document.querySelectorAll(".chart details").forEach((details) => { details.open = true; });
  };
  // The chart that the reader looks at is drawn at once and alone, the others one at a time when
  // the browser is idle, the nearest first: neither a jump to a chart nor a key press in the picker
  // waits for their drawing, and they give way to a chart that comes into view.
  const idle = window.requestIdleCallback
    ? (work) => window.requestIdleCallback(work, { timeout: 100 })
    : (work) => setTimeout(work, 20);
  const stop = window.requestIdleCallback ? window.cancelIdleCallback : clearTimeout;
  const middle = () => window.innerHeight / 2;
  const far = (plot) => {
    const box = plot.getBoundingClientRect();
    return Math.max(box.top - middle(), middle() - box.bottom, 0);
  };
  const drawNearest = (some) => {
    some.sort((one, other) => far(one) - far(other));
    while (some.length) if (draw(some.shift())) return true;
    return false;
  };
  let rest = [], timer = 0, turn = 0;
  const next = () => {
    if (drawNearest(rest)) drawRest();
    else root.dataset.charts = "ready";
  };
  const drawRest = () => { stop(turn); turn = idle(next); };
  const drawSoon = (wait) => {
    root.dataset.charts = "drawing";
    clearTimeout(timer);
    stop(turn);
    rest = [];
    timer = setTimeout(() => { rest = plots.slice(); drawRest(); }, wait);
  };
  const watch = () => {
    const seen = new IntersectionObserver(() => {
      const inView = plots.filter((plot) => far(plot) < middle());
      if (drawNearest(inView) && rest.length) drawRest();
    }, { threshold: [0, 0.25, 0.5, 0.75, 1] });
    plots.forEach((plot) => seen.observe(plot));
    window.addEventListener("resize", () => drawSoon(150));
    window.addEventListener("beforeprint", () => { printing = true; onPaper().forEach((plot) => draw(plot, widthOnPaper(plot))); });
    window.addEventListener("afterprint", () => { printing = false; drawAll(); });
    document.addEventListener("toggle", () => drawSoon(0), true);
    document.addEventListener("ward", () => drawSoon(150));
    darkScreen.addEventListener("change", () => drawSoon(0));
    drawSoon(0);
  };
  // What follows a chart stays where it is when the chart is drawn.
  const prepare = async (plot) => {
    plot.style.minHeight = (plot.clientWidth < NARROW ? plot.dataset.narrow : plot.dataset.height) + "px";
    const place = document.getElementById(plot.dataset.figure);
    figures.set(plot, place.type.endsWith("json") ? place.textContent : await unpacked(place));
  };
  // Rows of large tables come packed; a ward picked in the address is then marked in them, too.
  const unpackRows = async () => {
    const rows = Array.from(document.querySelectorAll("script.rows"));
    await Promise.all(rows.map(async (script) => { script.parentNode.innerHTML = await unpacked(script); }));
    if (rows.length) window.dispatchEvent(new Event("hashchange"));
  };
  // plotly.js measures its texts: the typeface of the page has to be there.
  const faces = ["400", "600"].map((weight) => document.fonts.load(weight + " 16px Inter"));
  // This script stands below the first screen, whose chart is drawn while the browser still reads
  // the rest. What goes wrong is told when that is read.
  const first = plotsHere();
  const begun = Promise.all([...first.map(prepare), ...faces, start()]).then(() => drawNearest(first.slice()));
  begun.catch(() => {});
  document.addEventListener("DOMContentLoaded", () => {
    plots = plotsHere();
    const others = plots.filter((plot) => !first.includes(plot));
    Promise.all([begun, ...others.map(prepare), unpackRows()]).then(watch).catch(giveUp);
  });
})();
