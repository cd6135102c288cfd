/* Tables: sorted by a button in the head, long ones shown in part. A column has a title, the value to sort by
 * and, where that is not what is shown, the text or a node. */

/* A bar of `value` of `most`; with low and high a whisker. */
function bar(value, most, low, high, neutral) {
  const width = v => (100 * Math.max(0, Math.min(1, v / (most || 1)))).toFixed(2) + '%';
  const track = el('span', {class: 'track', 'aria-hidden': 'true'},
    isNum(value) && el('i', {class: neutral ? 'neutral' : null, style: 'width:' + width(value)}));
  if (isNum(low) && isNum(high))
    track.append(el('b', {style: 'left:' + width(low) + ';width:' +
      (100 * (Math.min(1, high / most) - Math.min(1, low / most))).toFixed(2) + '%'}));
  return track;
}

function cell(column, row) {
  const shown = column.show ? column.show(row) : column.value(row);
  return el('td', {class: column.kind}, shown === null || shown === undefined || shown === '' ? NONE : shown);
}

function compare(a, b, down) {
  const none = v => v === null || v === undefined || v === '' || (typeof v === 'number' && isNaN(v));
  if (none(a) || none(b)) return none(a) - none(b); /* what is unknown comes last either way */
  const c = a < b ? -1 : a > b ? 1 : 0;
  return down ? -c : c;
}

function table(options) {
  const {columns, rows, caption, show = 15, sort, mark} = options;
  const body = el('tbody');
  let order = rows.slice(), all = rows.length <= show + 3;
  const more = el('button', {class: 'more', type: 'button'});
  function draw() {
    body.textContent = '';
    for (const row of all ? order : order.slice(0, show))
      body.append(el('tr', {class: mark && mark(row) ? 'headline' : null}, columns.map(c => cell(c, row))));
    more.textContent = 'Show all ' + count(order.length) + ' rows';
    more.hidden = all;
  }
  const heads = columns.map((column, i) => {
    if (!sort || !column.value) return el('th', {scope: 'col', class: column.kind}, column.title);
    const button = el('button', {type: 'button'}, column.title);
    const head = el('th', {scope: 'col', class: column.kind, 'aria-sort': 'none'}, button);
    button.addEventListener('click', () => {
      const now = head.getAttribute('aria-sort');
      const down = now === 'none' ? column.kind === 'num' || column.kind === 'bar' : now === 'ascending';
      for (const h of heads) if (h.hasAttribute('aria-sort')) h.setAttribute('aria-sort', 'none');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      order = rows.map((row, at) => ({row, at}))
        .sort((a, b) => compare(column.value(a.row), column.value(b.row), down) || a.at - b.at).map(x => x.row);
      draw();
    });
    return head;
  });
  more.addEventListener('click', () => { all = true; draw(); });
  draw();
  return el('div', null,
    el('div', {class: 'scroll'},
      el('table', null, caption && el('caption', null, caption), el('thead', null, el('tr', null, heads)), body)),
    more);
}

function column(title, value, show) { return {title, value, show, kind: 'text'}; }
function number(title, value, show) { return {title, value, show: show || (r => count(value(r))), kind: 'num'}; }
function share(title, value) { return {title, value, show: r => pct(value(r)), kind: 'num'}; }
