/* One function a section; each says plainly when its rows are not there. */

function overTime(data) {
  const estimates = headlineRows(rowsOf(data, 'month')).filter(r => monthNumber(r.month) === monthNumber(r.month));
  const counts = list(data.months).filter(r => monthNumber(r.month) === monthNumber(r.month));
  const title = 'Month by month';
  if (!estimates.length && !counts.length)
    return section('time', title, notMeasured('no document has a known date.'));
  const rows = (estimates.length ? estimates : counts).map(r => ({month: r.month, at: monthNumber(r.month), documents: r.documents,
    words: r.words, flagged: r.flagged, raw: rawShare(r), e: estimateOf(r)})).sort((a, b) => a.at - b.at);
  if (!rows.some(r => r.e || isNum(r.raw))) return section('time', title, notMeasured('no document was judged.'));
  const from = rows[0].at - 0.5, to = rows[rows.length - 1].at + 0.5, most = Math.max(...rows.map(r => Math.max(r.e && r.e.high || 0, r.raw || 0)));
  const points = value => rows.map(r => ({x: r.at, y: value(r)}));
  const has = rows.some(r => r.e), thin = rows.filter(r => !r.e).length;
  const make = () => ({
    type: 'line',
    data: {datasets: [
      has && {label: 'high', data: points(r => r.e ? r.e.high : NaN), borderWidth: 0, pointRadius: 0, pointHitRadius: 0, fill: '+1', backgroundColor: colour('machine-band'), spanGaps: false},
      has && {label: 'low', data: points(r => r.e ? r.e.low : NaN), borderWidth: 0, pointRadius: 0, pointHitRadius: 0, fill: false},
      has && {label: 'estimate', data: points(r => r.e ? r.e.share : NaN), borderColor: colour('machine'), backgroundColor: colour('machine'), borderWidth: 2.5, pointRadius: rows.length > 60 ? 0 : 2.5, fill: false},
      {label: 'raw', data: points(r => r.raw), borderColor: colour('raw'), backgroundColor: colour('raw'), borderWidth: 1.2, pointRadius: has ? 0 : 2, fill: false},
    ].filter(Boolean)},
    options: {
      scales: {x: monthAxis(from, to), y: percentAxis('share of documents', {suggestedMax: Math.min(1, 1.05 * most)})},
      plugins: {release: {at: RELEASE, colour: colour('event')}, tooltip: Object.assign(tooltip(item => {
        const r = rows[item.dataIndex];
        return [has && r.e ? 'estimate ' + pct(r.e.share) + ' (' + range(r.e.low, r.e.high) + ')' : null, 'flagged ' + pct(r.raw),
          plural(r.documents, 'document', 'documents')].filter(Boolean);
      }, items => items.length ? rows[items[0].dataIndex].month : ''), {filter: item => item.dataset.label === (has ? 'estimate' : 'raw')})}
    }
  });
  const before = rows.filter(r => r.month < CHATGPT), after = rows.filter(r => r.month > CHATGPT);
  const last = rows[rows.length - 1];
  return section('time', title,
    lead('By the month a page was captured. The band is where the truth lies with 95', NBSP, '% confidence: months with few documents have wide bands. ',
      before.length ? 'Left of the dashed line the true value is close to zero.' : 'There is no month before ChatGPT here.',
      estimates.length > 0 && thin > 0 ? ' ' + count(thin) + ' of ' + plural(rows.length, 'month has', 'months have') + ' too few documents for an estimate.' : ''),
    figure({
      caption: has ? 'Estimated share of machine-written documents' : 'Share of judged documents flagged as machine-written, not corrected',
      alternative: 'Line chart of the share by month from ' + rows[0].month + ' to ' + last.month + ', ending at ' + pct(last.e ? last.e.share : last.raw),
      keys: [has && ['line', 'var(--machine)', 'estimate'], has && ['', 'var(--machine-band)', '95' + NBSP + '% interval'],
        ['line', 'var(--raw)', 'flagged, uncorrected'], after.length && ['dash', 'var(--event)', 'ChatGPT is published']].filter(Boolean),
      make,
      rows: table({rows, sort: true, show: 24, columns: [
        column('Month', r => r.month), number('Documents', r => r.documents), number('Words', r => r.words), number('Flagged', r => r.flagged),
        share('Flagged share', r => r.raw),
        has && share('Estimate', r => r.e ? r.e.share : NaN), has && {title: 'Interval', show: r => r.e ? range(r.e.low, r.e.high) : NONE, kind: 'num'},
      ].filter(Boolean)})
    }));
}

const LANGUAGES = {en: 'English', de: 'German', fr: 'French', es: 'Spanish', it: 'Italian', pt: 'Portuguese', nl: 'Dutch', pl: 'Polish', ru: 'Russian',
  zh: 'Chinese', ja: 'Japanese', ko: 'Korean', ar: 'Arabic', tr: 'Turkish', sv: 'Swedish', cs: 'Czech', da: 'Danish', fi: 'Finnish', el: 'Greek',
  hu: 'Hungarian', ro: 'Romanian', uk: 'Ukrainian', vi: 'Vietnamese', id: 'Indonesian', no: 'Norwegian', fa: 'Persian', hi: 'Hindi', he: 'Hebrew', th: 'Thai'};

function byLanguage(data) {
  const estimates = new Map(headlineRows(rowsOf(data, 'lang')).map(r => [r.lang, estimateOf(r)]));
  const rows = list(data.langs).length ? list(data.langs) : headlineRows(rowsOf(data, 'lang'));
  if (!rows.length) return section('languages', 'By language', notMeasured('no documents.'));
  const full = rows.map(r => ({lang: r.lang || '', documents: r.documents, judged: isNum(r.abstained) ? r.documents - r.abstained : r.documents,
    flagged: r.flagged, raw: rawShare(r), e: estimates.get(r.lang) || null}));
  /* Of a language without a model only documents with leaks or known passages have a verdict: no share comes of these. */
  const value = r => estimates.size ? r.e ? r.e.share : NaN : r.judged >= 50 ? r.raw : NaN;
  const most = Math.max(0.01, ...full.map(r => Math.max(value(r) || 0, r.e && r.e.high || 0)));
  return section('languages', 'By language',
    lead('A language is judged only where a model for it was trained and measured; others are counted and left out of the estimate.'),
    table({rows: full, sort: true, show: 12, columns: [
      column('Language', r => LANGUAGES[r.lang] || r.lang || 'unknown'), number('Documents', r => r.documents), number('Judged', r => r.judged),
      {title: '', kind: 'bar', show: r => bar(value(r), most, r.e && r.e.low, r.e && r.e.high)},
      share(estimates.size ? 'Estimate' : 'Flagged', r => value(r)),
      estimates.size ? {title: 'Interval', show: r => r.e ? range(r.e.low, r.e.high) : NONE, kind: 'num'} : null,
    ].filter(Boolean)}));
}

function topDomains(data) {
  const d = data.domains, rows = list(d && d.rows);
  if (!rows.length) return section('sites', 'Sites', notMeasured('no document has an address.'));
  const most = Math.max(0.01, ...rows.map(r => rawShare(r) || 0));
  return section('sites', 'Sites',
    lead('The sites with most flagged documents', rows.length < d.total ? ' (' + count(rows.length) + ' of ' + count(d.total) + ')' : '',
      '. A single site has too few documents for an estimate, so these are plain counts, with human documents that were flagged by mistake (at the usual threshold about one in a hundred).'),
    table({rows, sort: true, show: 15, columns: [
      column('Site', r => cut(r.domain || '(no address)', 60)), number('Documents', r => r.documents), number('Judged', r => r.documents - r.abstained),
      number('Flagged', r => r.flagged), {title: '', kind: 'bar', show: r => bar(rawShare(r), most)}, share('Share', r => rawShare(r)),
      number('With leaks', r => r.leaks), number('Known passages', r => r.matches),
    ]}));
}

function scoreRows(data) {
  const s = data.scores, h = list(data.summary && data.summary.score_histogram);
  if (s && list(s.after).length) {
    const n = s.after.length;
    return Array.from({length: n}, (_, i) => ({from: s.from + i * s.width, to: s.from + (i + 1) * s.width, first: i === 0, last: i === n - 1,
      before: s.before[i], after: s.after[i], undated: s.undated[i]}));
  }
  return h.map((v, i) => ({from: i / h.length, to: (i + 1) / h.length, before: 0, after: 0, undated: v, share: true}));
}

function scores(data) {
  const rows = scoreRows(data);
  const totals = {before: sum(rows, 'before'), after: sum(rows, 'after'), undated: sum(rows, 'undated')};
  if (!(totals.before + totals.after + totals.undated > 0)) return section('scores', 'Scores', notMeasured('no document was scored.'));
  const probability = odds => 1 / (1 + Math.exp(-odds)), linear = rows[0].share;
  const name = v => linear ? v.toFixed(2) : probability(v) < 0.001 ? '<0.001' : probability(v) > 0.999 ? '>0.999' : probability(v).toFixed(3);
  const groups = [['before', 'before ChatGPT (2022-11-30)', 'human'], ['after', 'since then', 'machine'], ['undated', linear ? 'all documents' : 'no date', 'raw']]
    .filter(g => totals[g[0]] > 0.02 * (totals.before + totals.after + totals.undated)); /* a few documents make no shape */
  const make = () => ({
    type: 'line',
    data: {labels: rows.map(r => name((r.from + r.to) / 2)), datasets: groups.map(([key, label, tone], i) => ({label, data: rows.map(r => r[key] / totals[key]),
      borderColor: colour(tone), backgroundColor: colour(tone), borderWidth: 2, borderDash: i === 1 ? [] : i === 0 && groups.length > 1 ? [6, 3] : [2, 2], pointRadius: 0, stepped: 'middle'}))},
    options: {
      scales: {x: axis('calibrated probability that a document is machine-written'), y: percentAxis('share of documents of its group')},
      plugins: {tooltip: tooltip(item => groups[item.datasetIndex][1] + ': ' + pct(item.parsed.y) + ' (' + count(rows[item.dataIndex][groups[item.datasetIndex][0]]) + ')',
        items => items.length ? 'probability ' + name(rows[items[0].dataIndex].from) + ' to ' + name(rows[items[0].dataIndex].to) : '')}
    }
  });
  return section('scores', 'How sure the detector was',
    lead('Each document gets a probability. ', groups.length > 1 && totals.before > 0 ? 'Text from before ChatGPT shows what human text looks like to the detector; ' +
      'what the later text has more of on the right is what the estimate is made from.' : 'Left is human, right is machine; what lies between is unsure.'),
    figure({caption: 'Distribution of scores', alternative: 'Distribution of scores; the table has its figures', make, low: true,
      keys: groups.map(([key, label, tone], i) => [i === 0 && groups.length > 1 ? 'dash' : 'line', 'var(--' + tone + ')', label + ' (' + plural(totals[key], 'document', 'documents') + ')']),
      rows: table({rows, show: 64, columns: [column('Probability', r => r.from, r => (r.first ? 'below ' + name(r.to) : r.last ? 'above ' + name(r.from) : name(r.from) + ' to ' + name(r.to)))]
        .concat(groups.map(([key, label]) => number(label, r => r[key])))})}));
}

const ECHO_KINDS = {echo: 'echo', boilerplate: 'boilerplate', quotation: 'quotation', syndication: 'syndication'};

function echoTime(rows) {
  const dated = rows.filter(r => r.first && dayNumber(r.first.date) === dayNumber(r.first.date));
  if (dated.length < 2) return null;
  const at = dated.map(r => dayNumber(r.first.date)), from = Math.floor(Math.min(...at)) - 0.5, to = Math.ceil(Math.max(...at)) + 0.5;
  const groups = [['half or more of its copies flagged', r => r.machine >= 0.5, 'machine', 'circle'], ['fewer', r => isNum(r.machine) && r.machine < 0.5, 'human', 'triangle'],
    ['not judged', r => !isNum(r.machine), 'raw', 'rect']].map(g => ({name: g[0], tone: g[2], style: g[3], rows: dated.filter(g[1])})).filter(g => g.rows.length);
  const make = () => ({
    type: 'scatter',
    data: {datasets: groups.map(g => ({label: g.name, data: g.rows.map(r => ({x: dayNumber(r.first.date), y: r.domains})), pointStyle: g.style,
      pointRadius: 5.5, pointHoverRadius: 8, backgroundColor: colour(g.tone), borderColor: colour('card'), borderWidth: 1}))},
    options: {
      interaction: {mode: 'nearest', intersect: true},
      scales: {x: monthAxis(from, to), y: countAxis('sites it was seen on', {type: 'logarithmic', beginAtZero: false, min: 1, suggestedMax: 10})},
      plugins: {release: {at: RELEASE, colour: colour('event')}, tooltip: tooltip(item => {
        const r = groups[item.datasetIndex].rows[item.dataIndex];
        return [cut(r.text || 'passage ' + r.passage, 70), plural(r.domains, 'site', 'sites') + ', first on ' + cut(r.first.domain || '?', 40) + ' ' + day(r.first.date)];
      })}
    }
  });
  return figure({caption: 'Passages by the day they were first seen and the number of sites they spread to',
    alternative: count(dated.length) + ' passages by first sight and spread; the list below has them all', make, low: true,
    keys: groups.map(g => ['dot', 'var(--' + g.tone + ')', g.name + ' (' + count(g.rows.length) + ')'])});
}

function passage(r) {
  const spread = [isNum(r.doubling_days) && 'doubling every ' + count(r.doubling_days) + ' days', isNum(r.tenth_days) && 'tenth site after ' + count(r.tenth_days) + ' days',
    isNum(r.machine) && pct(r.machine, 0) + ' of judged copies flagged', r.mirrors > 0 && plural(r.mirrors, 'mirror', 'mirrors') + ' not counted'].filter(Boolean);
  return el('li', {class: 'item'},
    el('div', {class: 'head'}, el('b', null, (r.domains_estimated ? 'about ' : '') + plural(r.domains, 'site', 'sites')), el('span', null, count(r.words) + ' words'),
      el('span', null, 'first seen ' + day(r.first && r.first.date) + ' on ' + cut(r.first && r.first.domain || 'unknown', 60)), r.kind && r.kind !== 'echo' && el('span', {class: 'tag'}, ECHO_KINDS[r.kind] || r.kind),
      r.known && el('span', {class: 'tag'}, 'known: ' + cut([r.known.set, r.known.model].filter(Boolean).join(', '), 60))),
    r.text ? el('blockquote', null, cut(r.text, 420)) : el('p', {class: 'soft'}, 'The inputs are not at hand any more, so its words cannot be shown.'),
    spread.length ? el('div', {class: 'soft'}, spread.join('; ') + '.') : null,
    el('div', {class: 'url'}, 'On ' + cut(list(r.domain_names).slice(0, 8).join(', '), 300) + (r.domains > 8 ? ' and ' + count(r.domains - 8) + ' more' : '') + '.'));
}

function growing(items, first) {
  const box = el('ol', {class: 'passages'}, items.slice(0, first));
  const rest = items.slice(first);
  const more = rest.length ? el('button', {class: 'more', type: 'button'}, 'Show ' + count(rest.length) + ' more') : null;
  if (more) more.addEventListener('click', () => { rest.forEach(i => box.append(i)); more.hidden = true; });
  return [box, more];
}

function echoes(data) {
  const e = data.echoes, rows = list(e && e.rows), title = 'Echoes: passages that stand on several sites';
  if (!e) return section('echoes', title, notMeasured('this report was made without an index.'));
  const counts = e.counts || {};
  const apart = ['boilerplate', 'quotation', 'syndication'].filter(k => counts[k] > 0).map(k => plural(counts[k], 'passage', 'passages') + ' of ' + k);
  const said = lead('A passage is an echo when sites that have nothing else to do with each other carry it. A site\u2019s own template never counts; mirrors count as one site. ',
    apart.length ? 'Told apart and not shown: ' + apart.join(', ') + '.' : '');
  if (!rows.length) return section('echoes', title, said, el('p', null, 'No passage was found on two sites or more.'));
  const graph = hostPairs(rows), wide = rows.slice().sort((a, b) => b.domains - a.domains || compare(a.first && a.first.date, b.first && b.first.date));
  return section('echoes', title, said,
    isNum(e.total) && e.total > rows.length && el('p', {class: 'soft'}, 'The ' + count(rows.length) + ' widest of ' + count(e.total) + ' passages.'),
    echoTime(rows), el('h3', null, 'The widest'), growing(wide.map(passage), 5),
    graph.pairs.length > 0 && [el('h3', null, 'Who shares with whom'),
      el('p', {class: 'soft'}, 'A line joins the site that had a passage first with each that had it later; thicker lines are more passages. Larger sites share more. ',
        'Orange: most of its shared passages look machine-written. ' + (graph.total > graph.hosts.length ? 'The ' + graph.hosts.length + ' of ' + count(graph.total) + ' sites that share most. ' : ''),
        'Point at a site, or step through with the Tab key, to see its neighbours.'),
      el('figure', null, drawGraph(graph), el('details', null, el('summary', null, 'The same as a table'),
        table({rows: graph.pairs.slice(0, 400), sort: true, columns: [column('Had it first', p => p.from), column('Had it later', p => p.to), number('Shared passages', p => p.passages)]})))]);
}

function hit(row) {
  const h = row.hit || row;
  const where = h.url || h.domain || 'no address', whole = new TextEncoder().encode(h.text || '').length >= h.end - h.start;
  return el('li', {class: 'item'},
    el('div', {class: 'head'}, el('b', null, cut(h.set || '', 60)), h.model && el('span', null, 'output of ' + cut(h.model, 60)), h.kind && el('span', {class: 'tag'}, h.kind),
      el('span', null, 'item ' + cut(h.item || '', 40)), el('span', null, pct(h.contained, 0) + ' of it (' + range(h.low, h.high) + '), ' + count(h.words) + ' words'),
      el('span', null, 'captured ' + day(h.date)), row.copies > 1 && el('span', null, 'seen ' + count(row.copies) + ' times')),
    el('blockquote', null, h.before ? '\u2026' + h.before.trim() + ' ' : '', el('mark', null, (h.text || '').trim() + (whole ? '' : '\u2026')), h.after && whole ? ' ' + h.after.trim() + '\u2026' : ''),
    el('div', {class: 'url'}, cut(where, 300)));
}

function known(data) {
  const h = data.hits, title = 'Known model output and benchmarks';
  if (!h) return section('known', title, notMeasured('this report was made without an index.'));
  const said = lead('Passages that stand word for word, or nearly, in collections whose origin is known: answers of a certain model, benchmark questions, or text known to be human.');
  if (!list(h.rows).length)
    return section('known', title, said, el('p', null, list(h.sets).length ? 'Nothing was found.' :
      'No document matches a reference set. If none was loaded at the scan (echometer refs), nothing could be found.'));
  return section('known', title, said,
    table({rows: list(h.sets), sort: true, caption: 'What leaked, and since when', columns: [
      column('Collection', r => r.set), column('Model', r => r.model), column('Kind', r => r.kind), number('Items seen', r => r.items),
      number('Documents', r => r.documents), number('Sites', r => r.domains), column('First seen', r => r.first, r => day(r.first)), column('Last seen', r => r.last, r => day(r.last))]}),
    el('h3', null, 'The longest passages'), el('p', {class: 'soft'}, 'Each item once, where most of it stands: ' + count(list(h.rows).length) + ' of ' + plural(h.items, 'item', 'items') + '.'),
    growing(list(h.rows).map(hit), 6));
}
