/* From the data to the page. */

const live = document.querySelector('meta[name=echometer-live]');

/* A scan's summary has the same counts under other names. */
function withOverview(data) {
  const s = data.summary;
  if (data.overview || !s) return data;
  const v = s.verdicts || {};
  return Object.assign({}, data, {
    overview: {inputs: s.files, incomplete: s.interrupted ? 1 : 0, failed: s.files_failed, records: s.records, documents: s.documents, forgotten: 0, words: s.words,
      flagged: v.machine, unsure: v.unsure, human: v.human, abstained: v.abstain, leaks: s.with_leaks, damaged: s.damaged, drops: s.drops},
    model: data.model || (s.model ? {name: s.model, others: 0} : null)
  });
}

function render(raw) {
  forgetDrawn();
  const data = withOverview(raw);
  const o = data.overview || {}, top = document.getElementById('top'), report = document.getElementById('report'),
    contents = document.getElementById('contents'), end = document.getElementById('end');
  for (const part of [top, report, contents, end]) part.textContent = '';
  top.append(el('h1', null, 'How much of this text did a machine write?'),
    el('p', {class: 'lead'}, [o.documents >= 0 && plural(o.documents, 'document', 'documents'),
      data.domains && isNum(data.domains.total) && plural(data.domains.total, 'site', 'sites'),
      o.first_month && 'captured ' + (o.first_month === o.last_month ? 'in ' + o.first_month : o.first_month + ' to ' + o.last_month)].filter(Boolean).join(', ') + '.'));
  const indexed = !data.summary || data.months;
  const sections = [['Answer', answer], indexed && ['By month', overTime], indexed && ['Flagged pages', flagged], indexed && ['Sites', topDomains], indexed && ['Languages', byLanguage],
    ['Kinds of machine', kinds], ['Scores', scores], ['Echoes', echoes], ['Known passages', known], ['Left out', dropped], ['Method', method], ['Glossary', glossary]].filter(Boolean);
  const links = el('ul');
  for (const [name, make] of sections) {
    const made = make(data);
    if (!made) continue;
    report.append(made);
    links.append(el('li', null, el('a', {href: '#' + made.id}, name)));
  }
  contents.append(links);
  if (!hasCharts)
    report.prepend(note('warning', 'Tables only.', 'This echometer was built without the chart library (libjs-chart.js), so there are no charts here; every figure is in a table.'));
  end.append(el('p', null, 'Made by echometer ' + (data.version || '') + (data.made ? ' on ' + day(data.made) : '') +
    (live ? '. It updates itself while the index grows.' : '. This page is one file and loads nothing from elsewhere.')));
  if (hasCharts) drawAll();
}

/* Served by `echometer serve`: new data where the index has changed. What a reader has open, sorted or
 * searched would be lost, so a page that is in use offers the update instead of taking it. */
function listen() {
  let version = live.content;
  const token = new URLSearchParams(location.search).get('token'), query = token ? '?token=' + encodeURIComponent(token) : '';
  const update = () => fetch('/api/v1/report' + query).then(r => { if (!r.ok) throw new Error(r.status); return r.json(); }).then(render).catch(() => {});
  const inUse = () => document.activeElement && document.activeElement !== document.body;
  const source = new EventSource('/events' + query);
  source.addEventListener('update', e => {
    const told = String(JSON.parse(e.data).version);
    if (told === version) return;
    version = told;
    if (!inUse()) { update(); return; }
    const old = document.getElementById('update');
    if (old) old.remove();
    const button = el('button', {id: 'update', class: 'update', type: 'button'}, 'The index has grown: show it');
    button.addEventListener('click', update);
    document.getElementById('top').append(button);
  });
}

render(JSON.parse(document.getElementById('data').textContent));
if (hasCharts) redrawOnChange();
if (live) listen();
})();
