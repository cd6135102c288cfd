/* Tables: one description of the columns gives the table that is read, sorted, searched and filtered, and the CSV.
 * A column has a title, a `value` to sort by and to write, and where that is not what is shown a text or a node
 * (`show`). `bar` columns have [value, low, high] of `most`; `only: 'csv'` is written, not shown. */

/* The next round number, so that a scale ends at one. */
function roundUp(most) {
  const power = Math.pow(10, Math.floor(Math.log10(most)));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find(s => s * power >= most * (1 - 1e-9));
  return step * power;
}

function bar(parts, most, neutral) {
  const [value, low, high] = parts, width = v => (100 * Math.max(0, Math.min(1, v / (most || 1)))).toFixed(2) + '%';
  const track = el('span', {class: 'track', 'aria-hidden': 'true'},
    isNum(value) && el('i', {class: neutral ? 'neutral' : null, style: 'width:' + width(value)}));
  if (isNum(low) && isNum(high))
    track.append(el('b', {style: 'left:' + width(low) + ';width:' +
      (100 * (Math.min(1, high / most) - Math.min(1, low / most))).toFixed(2) + '%'}));
  return track;
}
/* Parts of one whole, side by side. */
function stack(parts) {
  return el('span', {class: 'track stack', 'aria-hidden': 'true'}, parts.map(([share, tone]) =>
    isNum(share) && el('i', {class: tone, style: 'width:' + (100 * share).toFixed(2) + '%'})));
}

function cell(c, row) {
  const shown = c.bar ? bar(c.bar(row), c.most, c.neutral) : c.show ? c.show(row) : c.value(row);
  return el('td', {class: c.kind, 'data-title': c.title || null}, shown === null || shown === undefined || shown === '' ? NONE : shown);
}
function headText(c) {
  if (!c.bar) return c.title;
  return el('span', {class: 'ticks', 'aria-hidden': 'true'}, el('span', null, '0'), el('span', null, c.share ? pct(c.most, c.most < 0.01 ? 1 : c.most < 0.1 && c.most * 100 % 1 ? 1 : 0) : count(c.most)));
}

function compare(a, b, down) {
  const none = v => v === null || v === undefined || v === '' || (typeof v === 'number' && isNaN(v));
  if (none(a) || none(b)) return none(a) - none(b); /* what is unknown comes last either way */
  const c = a < b ? -1 : a > b ? 1 : 0;
  return down ? -c : c;
}

/* RFC 4180; a field that a spreadsheet would take for a formula gets an apostrophe. */
function csvField(v) {
  if (v === null || v === undefined || (typeof v === 'number' && isNaN(v))) return '';
  if (typeof v === 'number') return String(v);
  const text = String(v);
  return '"' + (/^[=+\-@\t\r]/.test(text) ? '\'' : '') + text.replace(/"/g, '""') + '"';
}
function csvText(columns, rows) {
  const kept = columns.filter(c => c.value && c.title);
  return [kept.map(c => csvField(c.title)).join(',')].concat(rows.map(r => kept.map(c => csvField(c.value(r))).join(','))).join('\r\n') + '\r\n';
}
function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], {type: 'text/csv'})), link = el('a', {href: address, download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/* Every word must be somewhere in the row. */
function searchable(columns) {
  return row => columns.map(c => c.value ? c.value(row) : '').join(' ').toLowerCase();
}

/* A table that is wider than the screen ends there between two columns, so that no number is cut, and says that it goes on. */
function scrolling(name, inner) {
  const box = el('div', {class: 'scroll', role: 'region', 'aria-label': name}, inner);
  const cue = el('p', {class: 'cue', hidden: true, 'aria-hidden': 'true'}, 'More columns to the right: scroll sideways \u2192');
  const outer = el('div', null, cue, box);
  new ResizeObserver(() => {
    box.style.maxWidth = '';
    const wide = box.scrollWidth > box.clientWidth + 1, room = box.clientWidth;
    cue.hidden = !wide;
    if (wide) box.setAttribute('tabindex', '0'); else box.removeAttribute('tabindex');
    if (!wide) return;
    const start = box.getBoundingClientRect().left - box.scrollLeft;
    const ends = Array.from(box.querySelectorAll('th'), h => h.getBoundingClientRect().right - start).filter(x => x > 0.45 * room && x + 8 <= room);
    if (ends.length) box.style.maxWidth = Math.ceil(Math.max(...ends)) + 8 + 'px';
  }).observe(outer);
  return outer;
}

function chooser(filter, rows, changed) {
  const values = Array.from(new Set(rows.flatMap(r => filter.values(r)))).filter(Boolean).sort((a, b) => filter.down ? compare(a, b, true) : compare(a, b));
  if (values.length < 2) return null;
  const box = el('select', {'aria-label': filter.title}, el('option', {value: ''}, filter.title + ': all'), values.slice(0, 400).map(v => el('option', {value: v}, cut(v, 50))));
  box.addEventListener('change', changed);
  filter.wanted = () => box.value;
  return box;
}

function table(options) {
  const {rows, caption, show = 15, mark, name = 'table', filters = [], stacked} = options;
  const columns = options.columns.filter(Boolean), seen = columns.filter(c => c.only !== 'csv'), text = searchable(columns);
  const body = el('tbody'), more = el('button', {class: 'plain', type: 'button'}), found = el('span', {class: 'found', role: 'status'});
  let order = rows.slice(), all = false;
  const search = rows.length > 7 ? el('input', {type: 'search', placeholder: 'Search', 'aria-label': 'Search: ' + (caption || name), autocomplete: 'off'}) : null;
  const choosers = filters.map(f => chooser(f, rows, draw));

  function wanted() {
    const words = search ? search.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
    return order.filter(r => (!words.length || (t => words.every(w => t.includes(w)))(text(r))) &&
      filters.every(f => !f.wanted || !f.wanted() || f.values(r).includes(f.wanted())));
  }
  function draw() {
    const kept = wanted(), shown = all || kept.length <= show + 3 ? kept : kept.slice(0, show);
    body.textContent = '';
    for (const row of shown)
      body.append(el('tr', {class: mark && mark(row) ? 'headline' : null}, seen.map(c => cell(c, row))));
    if (!kept.length) body.append(el('tr', null, el('td', {colspan: seen.length, class: 'text'}, 'No row is like that.')));
    more.textContent = 'Show all ' + count(kept.length);
    more.hidden = shown.length === kept.length;
    found.textContent = kept.length < rows.length ? count(kept.length) + ' of ' + plural(rows.length, 'row', 'rows') : plural(rows.length, 'row', 'rows');
  }
  function sortBy(head, c) {
    const now = head.getAttribute('aria-sort'), number = c.kind === 'num' || c.kind === 'bar';
    const down = now === 'none' ? number : now === 'ascending';
    for (const h of head.parentNode.children) if (h.hasAttribute('aria-sort')) h.setAttribute('aria-sort', 'none');
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    order = rows.map((row, at) => ({row, at})).sort((a, b) => compare(c.value(a.row), c.value(b.row), down) || a.at - b.at).map(x => x.row);
    draw();
  }
  const heads = seen.map(c => {
    if (!c.value || rows.length < 2) return el('th', {scope: 'col', class: c.kind}, headText(c));
    const button = el('button', {type: 'button'}, c.title), head = el('th', {scope: 'col', class: c.kind, 'aria-sort': 'none'}, button);
    button.addEventListener('click', () => sortBy(head, c));
    return head;
  });
  const download = el('button', {class: 'plain', type: 'button', title: 'Download these rows'}, 'CSV');
  download.addEventListener('click', () => save('echometer-' + name + '.csv', csvText(columns, wanted())));
  more.addEventListener('click', () => { all = true; draw(); });
  if (search) search.addEventListener('input', draw);
  draw();
  return el('div', {class: stacked ? 'table stacked' : 'table'},
    el('div', {class: 'tools'}, search, choosers, el('span', {class: 'end'}, found, download)),
    scrolling(caption || name, el('table', null, caption && el('caption', null, caption), el('thead', null, el('tr', null, heads)), body)),
    more);
}

function column(title, value, show) { return {title, value, show, kind: 'text'}; }
function number(title, value, show) { return {title, value, show: show || (r => count(value(r))), kind: 'num'}; }
function share(title, value) { return {title, value, show: r => pct(value(r)), kind: 'num'}; }
function bars(most, value, more) { return Object.assign({title: '', kind: 'bar', bar: value, most: roundUp(most), share: true}, more); }
function hidden(title, value) { return {title, value, kind: 'text', only: 'csv'}; }
