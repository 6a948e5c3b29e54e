(() => {
  "use strict";
  const NARROW = 560, PRINT_WIDTH = 670;
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
  const plots = Array.from(document.querySelectorAll(".plot"));
  const packed = document.getElementById("plotly-gz");
  if (!plots.length || !packed) return;

  const isObject = (x) => x !== null && typeof x === "object" && !Array.isArray(x);
  const merge = (base, patch) => {
    if (!isObject(base) || !isObject(patch)) return patch;
    const merged = { ...base };
    for (const key of Object.keys(patch)) merged[key] = key in base ? merge(base[key], patch[key]) : patch[key];
    return merged;
  };
  const figureFor = (plot, width) => {
    const { data, layout, compact } = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
    const patch = width < NARROW ? compact : {};
    return {
      data: data.map((trace, i) => merge(trace, (patch.data || [])[i] || {})),
      layout: { ...merge(layout, patch.layout || {}), width, autosize: false },
    };
  };
  const draw = (plot, width = plot.clientWidth) => {
    if (plot.dataset.width === String(width)) return;
    const { data, layout } = figureFor(plot, width);
    plot.style.minHeight = layout.height + "px";
    window.Plotly.react(plot, data, layout, CONFIG);
    plot.dataset.width = width;
  };
  const drawAll = (width) => plots.forEach((plot) => draw(plot, width));

  const unpack = async () => {
    const bytes = Uint8Array.from(atob(packed.textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.appendChild(script);
    if (!window.Plotly) throw new Error("plotly.js");
    window.Plotly.register(LOCALE);
  };
  const giveUp = () => {
    document.documentElement.classList.add("no-charts");
    document.getElementById("chart-note").hidden = false;
    document.querySelectorAll(".chart details").forEach((details) => { details.open = true; });
  };
  const watch = () => {
    const seen = new IntersectionObserver((entries) => {
      entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target));
    }, { rootMargin: "800px 0px" });
    plots.forEach((plot) => seen.observe(plot));
    let timer = 0;
    window.addEventListener("resize", () => {
      clearTimeout(timer);
      timer = setTimeout(() => plots.filter((plot) => plot.dataset.width).forEach((plot) => draw(plot)), 150);
    });
    window.addEventListener("beforeprint", () => drawAll(PRINT_WIDTH));
    window.addEventListener("afterprint", () => drawAll());
    const rest = plots.slice();
    const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
    const next = () => {
      const plot = rest.shift();
      if (!plot) { document.documentElement.dataset.charts = "ready"; return; }
      draw(plot);
      idle(next);
    };
    idle(next);
  };
  unpack().then(watch).catch(giveUp);
})();
