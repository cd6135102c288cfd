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

let crawl = null;

/* How far the crawl is that fills the index: a section of its own at the end, which only a server has. */
function showCrawl() {
  const old = document.getElementById('crawl');
  if (!crawl || old && old.contains(document.activeElement)) return;
  if (old) old.remove();
  const errors = Object.entries(crawl.errors || {}).filter(e => e[1] > 0);
  const facts = [['Pages fetched', crawl.pages], ['URLs in the queue', crawl.queued], ['Requests', crawl.requests], ['Redirects', crawl.redirects], ['Requests that failed', crawl.failed],
    ['Bytes received', crawl.bytes], ['Hosts', crawl.hosts], ['Hosts waiting for their time', crawl.hosts_waiting], ['Hosts suspended', crawl.hosts_asleep], ['Hosts given up', crawl.hosts_dead],
    ['Bodies not kept for an opt-out', crawl.withheld]].concat(errors.map(e => ['Failed: ' + e[0], e[1]]));
  document.getElementById('report').append(section('crawl', 'The crawl', lead('As of its last commit. ', el('code', null, 'echometer why HOST --dir DIR'), ' says why a host waits.'),
    table({name: 'crawl', rows: facts, show: facts.length, columns: [column('What', r => r[0]), number('Number', r => r[1])]})));
  if (!document.querySelector('#contents a[href="#crawl"]'))
    document.querySelector('#contents ul').append(el('li', null, el('a', {href: '#crawl'}, 'The crawl')));
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
  showCrawl();
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
  /* Told of only where a crawl is shown. */
  source.addEventListener('crawl', () => fetch('/api/v1/crawl' + query).then(r => { if (!r.ok) throw new Error(r.status); return r.json(); })
    .then(answer => { crawl = answer.crawl; showCrawl(); }).catch(() => {}));
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
