/* Charts: drawn by the packaged library in the colours of the style sheet; drawn again when these change
 * (light, dark, print). Every chart has the table of its figures below, which is also its alternative. */

const drawn = [];
const hasCharts = typeof Chart === 'function';
const FONT = 'system-ui, "DejaVu Sans", sans-serif';

function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim(); }

/* The day ChatGPT was published, and the time before it, in which the answer is known. */
const release = {
  id: 'release',
  beforeDatasetsDraw(chart, args, options) {
    if (options.at === undefined) return;
    const area = chart.chartArea, x = Math.min(area.right, chart.scales.x.getPixelForValue(options.at)), c = chart.ctx;
    if (x <= area.left) return;
    c.save();
    c.fillStyle = colour('before');
    c.fillRect(area.left, area.top, x - area.left, area.bottom - area.top);
    c.restore();
  },
  afterDatasetsDraw(chart, args, options) {
    if (options.at === undefined) return;
    const x = chart.scales.x.getPixelForValue(options.at), area = chart.chartArea, c = chart.ctx;
    if (!(x >= area.left && x <= area.right)) return;
    c.save();
    c.strokeStyle = c.fillStyle = colour('soft');
    c.setLineDash([4, 4]);
    c.lineWidth = 1.2;
    c.beginPath();
    c.moveTo(x, area.top - 4);
    c.lineTo(x, area.bottom);
    c.stroke();
    c.font = '12px ' + FONT;
    const left = options.zero && x - area.left > 200;
    c.textAlign = left || area.right - x < 150 ? 'right' : 'left';
    c.fillText(left ? 'before ChatGPT: should be 0 ' : 'ChatGPT, Nov 2022', x + (c.textAlign === 'left' ? 6 : -6), area.top + 12);
    c.restore();
  }
};

/* Shares by period: a box from low to high as wide as the period, the estimate across it, the share flagged beside, and
 * from the ground up what needs no model. A period that stands alone is as visible as one among many. */
const periods = {
  id: 'periods',
  beforeDatasetsDraw(chart, args, options) {
    const {x, y} = chart.scales, c = chart.ctx, rows = options.rows;
    if (!rows) return;
    const at = r => { const a = x.getPixelForValue(r.from), b = x.getPixelForValue(r.to); return b - a > 4 ? [a + 0.5, b - 0.5] : [(a + b) / 2 - 2, (a + b) / 2 + 2]; };
    const band = colour('machine-band'), machine = colour('machine'), raw = colour('raw'), floor = colour('floor');
    c.save();
    c.beginPath();
    c.rect(chart.chartArea.left, chart.chartArea.top - 4, chart.chartArea.right - chart.chartArea.left, chart.chartArea.bottom - chart.chartArea.top + 8);
    c.clip();
    for (const r of rows) {
      const [a, b] = at(r);
      if (r.e) {
        const top = y.getPixelForValue(r.e.high), bottom = y.getPixelForValue(r.e.low);
        c.fillStyle = band;
        c.fillRect(a, top, b - a, Math.max(2, bottom - top));
      }
      if (r.floor > 0) {
        c.fillStyle = floor;
        const top = Math.min(y.getPixelForValue(r.floor), y.getPixelForValue(0) - 2);
        c.fillRect(a, top, b - a, y.getPixelForValue(0) - top);
      }
    }
    for (const r of rows) {
      const [a, b] = at(r);
      if (isNum(r.raw)) {
        c.fillStyle = raw;
        c.beginPath();
        c.arc((a + b) / 2, y.getPixelForValue(r.raw), Math.max(1.5, Math.min(2.5, (b - a) / 4)), 0, 7);
        c.fill();
      }
      if (r.e) {
        c.fillStyle = machine;
        c.fillRect(a, y.getPixelForValue(r.e.share) - 1.5, b - a, 3);
      }
    }
    c.restore();
  }
};

function draw(entry) {
  if (entry.chart) entry.chart.destroy();
  const config = entry.make();
  config.plugins = [release, periods];
  config.options = Object.assign({
    animation: false, responsive: true, maintainAspectRatio: false, interaction: {mode: 'nearest', axis: 'x', intersect: false}
  }, config.options);
  config.options.plugins = Object.assign({legend: {display: false}}, config.options.plugins);
  entry.chart = new Chart(entry.canvas, config);
}

function axis(title, more) {
  return Object.assign({
    title: {display: !!title, text: title, color: colour('soft'), font: {size: 12, family: FONT}},
    grid: {color: colour('grid'), drawBorder: false, drawTicks: false},
    ticks: {color: colour('soft'), maxRotation: 0, autoSkipPadding: 14, padding: 6, font: {size: 12, family: FONT}}
  }, more);
}
/* Ticks on whole months, quarters or years, as many as there is room for. */
function monthAxis(from, to) {
  const a = axis('', {type: 'linear', min: from, max: to});
  a.grid.display = false;
  const step = width => [1, 3, 6, 12, 24, 60, 120].find(s => (to - from) / s * (s < 12 ? 66 : 46) <= width) || 240;
  a.ticks = Object.assign({}, a.ticks, {autoSkip: false, callback: v => v % 12 === 0 ? String(v / 12) : monthName(v)});
  a.afterBuildTicks = scale => {
    const by = step(scale.chart.width - 60);
    scale.ticks = [];
    for (let m = Math.ceil(from / by) * by; m <= to; m += by) scale.ticks.push({value: m});
  };
  return a;
}
function percentAxis(title, more) {
  const a = axis(title, Object.assign({beginAtZero: true, min: 0}, more));
  a.ticks = Object.assign({}, a.ticks, {maxTicksLimit: 6, callback: v => Number((100 * v).toPrecision(6)) + NBSP + '%'});
  return a;
}
function countAxis(title, more) {
  const a = axis(title, Object.assign({beginAtZero: true}, more));
  a.ticks = Object.assign({}, a.ticks, {callback: v => Number.isInteger(v) ? count(v) : ''});
  return a;
}
function tooltip(label, title) {
  return {displayColors: false, backgroundColor: colour('ink'), titleColor: colour('card'), bodyColor: colour('card'), padding: 10,
    titleFont: {family: FONT}, bodyFont: {family: FONT}, callbacks: {label: label, title: title || (() => '')}};
}

/* A figure: what it shows, the chart where there is a library, and the figures as a table. */
function figure(options) {
  const {caption, alternative, make, low, keys, rows} = options;
  const plot = [];
  if (hasCharts) {
    const canvas = el('canvas', {role: 'img', 'aria-label': alternative});
    plot.push(keys && legend(...keys), el('div', {class: low ? 'plot low' : 'plot'}, canvas));
    drawn.push({canvas, make, chart: null});
  }
  return el('figure', null, caption && el('figcaption', null, caption), plot,
    rows && el('details', {open: !hasCharts}, el('summary', null, 'The figures as a table'), rows));
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
