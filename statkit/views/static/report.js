// Puts a chart with hover and zoom in the place of each line chart of the page.
(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("statkit-charts").textContent);
  const figures = [...document.querySelectorAll("figure[data-chart]")];
  const theme = matchMedia("(prefers-color-scheme: dark)");
  const HEIGHT = 260;
  const FONT = "11px system-ui, sans-serif";
  let drawn = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const number = (value) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3);
    return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(6)));
  };

  // Beside the cursor: the step, and what each line has there.
  const reading = (chart) => {
    const box = document.createElement("div");
    box.className = "reading";
    box.hidden = true;
    const show = (plot) => {
      const at = plot.cursor.idx;
      box.hidden = at === null || at === undefined || plot.cursor.left < 0;
      if (box.hidden) return;
      const rows = [["step", plot.data[0][at]]];
      plot.cursor.idxs.slice(1).forEach((place, index) => {
        const value = place === null ? null : plot.data[index + 1][place];
        if (value === null || value === undefined) return;
        const { name } = chart.lines[index];
        rows.push([place === at ? name : `${name}, step ${number(plot.data[0][place])}`, value]);
      });
      box.replaceChildren(...rows.slice(0, 16).map(([name, value]) => {
        const row = document.createElement("div");
        const strong = document.createElement("b");
        strong.textContent = number(value);
        row.append(`${name} `, strong);
        return row;
      }));
      const right = plot.cursor.left > plot.over.clientWidth / 2;
      box.style.left = right ? "auto" : `${plot.over.offsetLeft + plot.cursor.left + 14}px`;
      box.style.right = right ? `${plot.root.clientWidth - plot.over.offsetLeft - plot.cursor.left + 14}px` : "auto";
    };
    return { hooks: { init: (plot) => plot.root.append(box), setCursor: show } };
  };

  const best = (chart) => ({
    hooks: {
      draw: (plot) => {
        if (chart.mark === null) return;
        const [x, y] = [plot.valToPos(chart.mark[0], "x", true), plot.valToPos(chart.mark[1], "y", true)];
        const { left, top, width, height } = plot.bbox;
        if (x < left - 1 || x > left + width + 1 || y < top - 1 || y > top + height + 1) return;
        const context = plot.ctx;
        context.save();
        context.beginPath();
        context.arc(x, y, 4.5 * devicePixelRatio, 0, 2 * Math.PI);
        context.fillStyle = colour("--paper");
        context.fill();
        context.lineWidth = 2 * devicePixelRatio;
        context.strokeStyle = colour("--ink");
        context.stroke();
        context.restore();
      },
    },
  });

  const axis = (more) => ({
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1 },
    font: FONT,
    ...more,
  });

  const options = (chart, width) => ({
    width,
    height: HEIGHT,
    legend: { show: false },
    plugins: [reading(chart), best(chart)],
    cursor: {
      sync: { key: "steps" },
      drag: { x: true, y: false },
      focus: { prox: -1 },
      dataIdx: (plot, index, at) => {  // the nearest step where this line has a value
        const values = plot.data[index];
        if (index === 0 || (values[at] !== undefined && values[at] !== null)) return at;
        for (let off = 1; off < 40; off++) {
          for (const near of [at - off, at + off]) {
            if (values[near] !== undefined && values[near] !== null) return near;
          }
        }
        return at;
      },
    },
    scales: { x: { time: false }, y: chart.log ? { distr: 3 } : {} },
    axes: [
      axis({ size: 30, label: "step", labelSize: 16, labelGap: 0, labelFont: FONT, values: (plot, splits) => splits.map((value) => value === null ? "" : number(value)) }),
      axis({ size: 66, values: (plot, splits) => splits.map((value) => value === null ? "" : number(value)) }),
    ],
    series: [{}, ...chart.lines.map((line) => ({
      label: line.name,
      stroke: colour(`--c${line.colour}`),
      width: 1.6,
      points: { show: line.steps.length < 40, size: 5 },
    }))],
  });

  const draw = () => {
    drawn.forEach(({ plot }) => plot.destroy());
    drawn = figures.map((figure) => {
      const chart = charts[Number(figure.dataset.chart)];
      const place = figure.querySelector(".plot");
      figure.classList.add("live");
      const data = uPlot.join(chart.lines.map((line) => [line.steps, line.values]));
      return { place, plot: new uPlot(options(chart, place.clientWidth), data, place) };
    });
  };

  const fit = () => drawn.forEach(({ place, plot }) => {
    if (place.clientWidth && place.clientWidth !== plot.width) {
      plot.setSize({ width: place.clientWidth, height: HEIGHT });
    }
  });

  draw();
  theme.addEventListener("change", draw);
  addEventListener("resize", fit);
})();
