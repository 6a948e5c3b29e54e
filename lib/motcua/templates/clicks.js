// Tells the kernel what was clicked in a chart that JupyterLab drew beside this widget:
// `customdata` of the mark, see bench/widgets.py. Every answer draws a new chart, so whatever
// chart the pointer comes over is listened to, once. When the board is first drawn it comes to the
// top of the window.
export default {
  render({ model, el }) {
    const listened = new WeakSet();
    const listen = (event) => {
      const chart = event.target.closest(".js-plotly-plot");
      if (!chart?.on || !el.closest(".motcua-bench")?.contains(chart) || listened.has(chart)) return;
      listened.add(chart);
      const chosen = (happened) => happened.points[0]?.customdata;
      chart.on("plotly_click", (happened) => chosen(happened) && model.send(chosen(happened)));
      chart.on("plotly_hover", (happened) => chart.classList.toggle("on-mark", !!chosen(happened)));
      chart.on("plotly_unhover", () => chart.classList.remove("on-mark"));
    };
    const events = ["pointerover", "pointerdown"]; // a finger is over nothing before it is down
    events.forEach((name) => document.addEventListener(name, listen, true));
    setTimeout(() => el.closest(".motcua-bench")?.scrollIntoView({ block: "start" }), 300);
    return () => events.forEach((name) => document.removeEventListener(name, listen, true));
  },
};
