/* Charts: drawn by the packaged library in the colours of the style sheet; drawn again when these change
 * (light, dark, print). Every chart stands above the table of its figures, which is also its alternative. */

const drawn = [];
const hasCharts = typeof Chart === 'function';

function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim(); }

/* The day ChatGPT was published, as a line across the plot. */
const release = {
  id: 'release',
  afterDatasetsDraw(chart, args, options) {
    if (options.at === undefined) return;
    const x = chart.scales.x.getPixelForValue(options.at), area = chart.chartArea, c = chart.ctx;
    if (!(x >= area.left && x <= area.right)) return;
    c.save();
    c.strokeStyle = c.fillStyle = options.colour;
    c.setLineDash([5, 4]);
    c.lineWidth = 1.5;
    c.beginPath();
    c.moveTo(x, area.top);
    c.lineTo(x, area.bottom);
    c.stroke();
    c.font = '12px system-ui, "DejaVu Sans", sans-serif';
    const room = area.right - x > 150;
    c.textAlign = room ? 'left' : 'right';
    c.fillText('ChatGPT, 2022-11-30', x + (room ? 6 : -6), area.top + 13);
    c.restore();
  }
};

function draw(entry) {
  if (entry.chart) entry.chart.destroy();
  const config = entry.make();
  config.plugins = [release];
  config.options = Object.assign({
    animation: false, responsive: true, maintainAspectRatio: false, interaction: {mode: 'nearest', axis: 'x', intersect: false}
  }, config.options);
  config.options.plugins = Object.assign({legend: {display: false}}, config.options.plugins);
  entry.chart = new Chart(entry.canvas, config);
}

function axis(title, more) {
  return Object.assign({
    title: {display: true, text: title, color: colour('soft')},
    grid: {color: colour('grid'), drawBorder: false, tickColor: colour('grid')},
    ticks: {color: colour('soft'), maxRotation: 0, autoSkipPadding: 14}
  }, more);
}
function monthAxis(from, to) {
  const a = axis('month', {type: 'linear', min: from, max: to});
  a.ticks = Object.assign({}, a.ticks, {stepSize: to - from > 30 ? 6 : to - from > 14 ? 3 : 1, callback: v => Number.isInteger(v) ? monthName(v) : ''});
  a.afterBuildTicks = scale => { /* on whole half-years, quarters or months */
    const step = to - from > 120 ? 24 : to - from > 72 ? 12 : to - from > 30 ? 6 : to - from > 14 ? 3 : 1;
    scale.ticks = [];
    for (let m = Math.ceil(from / step) * step; m <= to; m += step) scale.ticks.push({value: m});
  };
  return a;
}
function percentAxis(title, more) {
  const a = axis(title, Object.assign({beginAtZero: true, min: 0}, more));
  a.ticks = Object.assign({}, a.ticks, {callback: v => Number((100 * v).toPrecision(6)) + NBSP + '%'});
  return a;
}
function countAxis(title, more) {
  const a = axis(title, Object.assign({beginAtZero: true}, more));
  a.ticks = Object.assign({}, a.ticks, {callback: v => Number.isInteger(v) ? count(v) : ''});
  return a;
}
function tooltip(label, title) {
  return {displayColors: false, callbacks: {label: label, title: title || (() => '')}};
}

/* A figure: caption, chart where there is a library, and the figures as a table. */
function figure(options) {
  const {caption, alternative, make, low, keys, rows} = options;
  const plot = [];
  if (hasCharts) {
    const canvas = el('canvas', {role: 'img', 'aria-label': alternative});
    plot.push(keys && legend(...keys), el('div', {class: low ? 'plot low' : 'plot'}, canvas));
    drawn.push({canvas, make, chart: null});
  }
  return el('figure', null, el('figcaption', null, caption), plot,
    rows && el('details', {open: !hasCharts}, el('summary', null, 'The same as a table'), rows));
}

function drawAll() { drawn.forEach(draw); }
/* Before the page is built again. */
function forgetDrawn() {
  for (const d of drawn) if (d.chart) d.chart.destroy();
  drawn.length = 0;
}
function redrawOnChange() {
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  /* The style sheet for print comes into force before `beforeprint` handlers draw. */
  window.matchMedia('print').addEventListener('change', drawAll);
}
