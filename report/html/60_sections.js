/* One function a section; each says plainly when its rows are not there. */

/* Rows of time in one shape. Where nothing was estimated there are the counts of each month. */
function timeRows(data) {
  const estimates = headlineRows(rowsOf(data, 'month')), rows = estimates.some(period) ? estimates : list(data.months);
  return rows.map(r => {
    const p = period(r), floor = Math.max(r.leaks || 0, r.known || 0);
    return p && {month: r.month, from: p.from, to: p.to, documents: r.documents, judged: isNum(r.judged) ? r.judged : r.documents - (r.abstained || 0), flagged: r.flagged,
      raw: rawShare(r), e: estimateOf(r), certain: floor, floor: r.documents > 0 ? floor / r.documents : NaN, note: r.note};
  }).filter(Boolean).sort((a, b) => a.from - b.from || a.to - b.to);
}

function timeChart(rows) {
  const has = rows.some(r => r.e), value = r => has ? r.e && r.e.share : r.raw;
  const kept = rows.filter(r => isNum(value(r)));
  const from = Math.min(...kept.map(r => r.from)), to = Math.max(...kept.map(r => r.to)), shown = rows.filter(r => r.from >= from && r.to <= to);
  /* One wide interval must not flatten all others: it may leave the plot at the top. */
  const highs = kept.map(r => Math.max(r.e ? r.e.high : 0, r.raw || 0)).sort((a, b) => a - b), most = Math.max(...kept.map(r => Math.max(value(r), r.raw || 0)));
  const top = Math.min(1, roundUp(1.1 * Math.max(0.009, most, highs[Math.floor(0.95 * (highs.length - 1))])));
  return () => ({
    type: 'line',
    data: {datasets: [{label: 'share', data: kept.map(r => ({x: (r.from + r.to) / 2, y: value(r)})), showLine: false, pointRadius: 0, pointHoverRadius: 5, pointHitRadius: 12,
      pointHoverBackgroundColor: colour(has ? 'machine' : 'raw'), pointHoverBorderColor: colour('card')}]},
    options: {
      scales: {x: monthAxis(from - 0.2, to + 0.2), y: percentAxis('', {max: top})},
      plugins: {periods: {rows: shown}, release: {at: RELEASE, zero: true}, tooltip: tooltip(item => {
        const r = kept[item.dataIndex];
        return [r.e && 'estimate ' + pct(r.e.share) + ' (' + range(r.e.low, r.e.high) + ')', 'flagged, uncorrected ' + pct(r.raw),
          r.certain > 0 && plural(r.certain, 'document', 'documents') + ' sure without a model', 'of ' + plural(r.documents, 'document', 'documents')].filter(Boolean);
      }, items => items.length ? kept[items[0].dataIndex].month : '')}
    }
  });
}

function overTime(data) {
  const title = 'Month by month', rows = timeRows(data);
  if (!rows.length) return section('time', title, notMeasured('no document has a known date.'));
  const has = rows.some(r => r.e), thin = rows.filter(r => !r.e).length, pooled = rows.some(r => r.to - r.from > 1);
  if (!rows.some(r => isNum(r.raw))) return section('time', title, notMeasured('no document was judged.'));
  const last = rows.filter(r => r.e || isNum(r.raw)).pop(), after = rows.some(r => r.from > RELEASE - 1), floor = rows.some(r => r.certain > 0);
  return section('time', title,
    lead('By date of capture. ', has ? 'The truth lies in the box around the estimate with 95' + NBSP + '% confidence. ' : 'Plain counts: nothing was estimated. ',
      pooled ? 'Months with few documents are put together as quarters or years. ' : '', has && thin ? plural(thin, 'period has', 'periods have') + ' too few documents for an estimate.' : ''),
    figure({
      alternative: (has ? 'Estimated share of machine-written documents by month, with its interval' : 'Share of documents flagged by month') + ', from ' + rows[0].month + ' to ' + last.month +
        ': last ' + pct(last.e ? last.e.share : last.raw),
      keys: [has && ['line', 'machine', 'estimate'], has && ['', 'machine-band', '95' + NBSP + '% interval'], ['dot', 'raw', 'flagged, uncorrected'],
        floor && ['', 'floor', 'sure without a model (chat residue, known output)'], after && ['dash', 'event', 'ChatGPT is published']],
      make: timeChart(rows),
      rows: table({name: 'months', rows, show: 24, columns: [
        column('Month', r => r.month), number('Documents', r => r.documents), number('Judged', r => r.judged), number('Flagged', r => r.flagged),
        share('Flagged share', r => r.raw), number('Sure without a model', r => r.certain),
        has && share('Estimate', r => r.e ? r.e.share : NaN), has && share('Low', r => r.e ? r.e.low : NaN), has && share('High', r => r.e ? r.e.high : NaN)]})
    }));
}

const LANGUAGES = {en: 'English', de: 'German', fr: 'French', es: 'Spanish', it: 'Italian', pt: 'Portuguese', nl: 'Dutch', pl: 'Polish', ru: 'Russian',
  zh: 'Chinese', ja: 'Japanese', ko: 'Korean', ar: 'Arabic', tr: 'Turkish', sv: 'Swedish', cs: 'Czech', da: 'Danish', fi: 'Finnish', el: 'Greek',
  hu: 'Hungarian', ro: 'Romanian', uk: 'Ukrainian', vi: 'Vietnamese', id: 'Indonesian', no: 'Norwegian', fa: 'Persian', hi: 'Hindi', he: 'Hebrew', th: 'Thai'};

function byLanguage(data) {
  const estimates = new Map(headlineRows(rowsOf(data, 'lang')).map(r => [r.lang, estimateOf(r)]));
  const rows = list(data.langs).length ? list(data.langs) : headlineRows(rowsOf(data, 'lang'));
  if (!rows.length) return section('languages', 'Languages', notMeasured('no documents.'));
  const full = rows.map(r => ({lang: r.lang || '', documents: r.documents, judged: isNum(r.abstained) ? r.documents - r.abstained : r.documents,
    flagged: r.flagged, raw: rawShare(r), e: estimates.get(r.lang) || null}));
  /* Of a language without a model only documents with leaks or known passages have a verdict: no share comes of these. */
  const value = r => estimates.size ? r.e ? r.e.share : NaN : r.judged >= 50 ? r.raw : NaN;
  const most = Math.max(0.01, ...full.map(r => Math.max(value(r) || 0, r.e && r.e.high || 0)));
  return section('languages', 'Languages',
    lead('A language is judged only where a model for it was trained and measured; others are counted and left out of the estimate.'),
    table({name: 'languages', rows: full, show: 8, columns: [
      column('Language', r => LANGUAGES[r.lang] || r.lang || 'unknown'),
      share(estimates.size ? 'Estimate' : 'Flagged', r => value(r)), bars(most, r => [value(r), r.e && r.e.low, r.e && r.e.high]),
      estimates.size && share('Low', r => r.e ? r.e.low : NaN), estimates.size && share('High', r => r.e ? r.e.high : NaN), number('Judged', r => r.judged), number('Documents', r => r.documents)]}));
}

function turnedSites(t) {
  if (!t || !list(t.rows).length) return null;
  const rows = t.rows.slice().sort((a, b) => b.turned - a.turned || compare(a.share, b.share, true)), most = Math.max(0.05, ...rows.map(r => r.share || 0));
  return [el('h3', null, 'Sites that turned'),
    el('p', {class: 'soft'}, plural(t.total, 'site has', 'sites have') + ' at least ten documents from before November 2022 and ten later ones. ' + (t.turned ? count(t.turned) : 'None') +
      ' of them ' + (t.turned === 1 ? 'publishes' : 'publish') + ' more machine text now than ' + (t.turned === 1 ? 'its' : 'their') + ' own past suggests; about one in twenty of such findings is an accident.'),
    table({name: 'turned', rows, show: 8, columns: [
      column('Site', r => r.domain, r => cut(r.domain, 60)), share('Machine text since', r => r.share), bars(most, r => [r.share]), number('Turned in', r => r.turned ? r.month : null, r => r.turned ? r.month : NONE),
      number('Flagged since', r => r.flagged, r => count(r.flagged) + ' of ' + count(r.later)), number('Before', r => r.old_flagged, r => count(r.old_flagged) + ' of ' + count(r.old)), hidden('Later documents', r => r.later), hidden('Old documents', r => r.old),
      number('By accident', r => r.q, r => r.q < 0.0001 ? '< 0.0001' : r.q.toFixed(4))]})];
}

function topDomains(data) {
  const d = data.domains, rows = list(d && d.rows);
  if (!rows.length) return section('sites', 'Sites', notMeasured('no document has an address.'));
  const most = Math.max(0.01, ...rows.map(r => rawShare(r) || 0));
  return section('sites', 'Sites', turnedSites(data.turned), el('h3', null, 'Sites with most flagged documents'),
    el('p', {class: 'soft'}, rows.length < d.total ? 'The first ' + count(rows.length) + ' of ' + plural(d.total, 'site', 'sites') + '. ' : '',
      'One site has too few documents for an estimate, so these are plain counts; human documents flagged by mistake are among them.'),
    table({name: 'sites', rows, show: 12, columns: [
      column('Site', r => r.domain || '(no address)', r => cut(r.domain || '(no address)', 60)), number('Flagged', r => r.flagged), share('Share', r => rawShare(r)), bars(most, r => [rawShare(r)]),
      number('Judged', r => r.documents - r.abstained), number('Documents', r => r.documents),
      number('With chat residue', r => r.leaks), number('Known passages', r => r.matches)]}));
}

/* --- flagged pages ------------------------------------------------------------------------- */

function reasons(r) {
  return [isNum(r.style) && r.style >= 0.5 && 'style', r.marked && 'marker words', r.known && 'known model output', r.matches > 0 && !r.known && 'reference passage']
    .concat(list(r.leak_kinds).map(k => 'chat residue: ' + String(k).replace(/[-_]/g, ' '))).filter(Boolean);
}
function flaggedPage(r) {
  return el('div', {class: 'page'}, el('b', {class: 'url'}, cut(r.url || r.id || '(no address)', 160)),
    r.text ? el('p', null, cutWords(String(r.text).replace(/\s+/g, ' '), 280)) : null,
    el('p', {class: 'tags'}, reasons(r).map(t => el('span', {class: 'tag'}, t))));
}
function flagged(data) {
  const f = data.flagged, rows = list(f && f.rows), title = 'The flagged pages';
  if (!f) return section('pages', title, notMeasured(data.echoes ? 'no document of this index has a verdict.' : 'this report was made without an index.'));
  if (!rows.length) return section('pages', title, el('p', null, 'No document was flagged.'));
  return section('pages', title,
    lead(rows.length < f.total ? 'The ' + count(rows.length) + ' most certain of ' + plural(f.total, 'flagged document', 'flagged documents') : plural(f.total, 'flagged document', 'flagged documents') + ', the most certain first',
      '. No single verdict is proof: read the page before you say anything about it.'),
    table({name: 'pages', rows, show: 8, stacked: true, caption: 'Flagged pages',
      filters: [{title: 'Site', values: r => [r.domain || '(no address)']}, {title: 'Reason', values: reasons}, {title: 'Month', values: r => [r.date ? r.date.slice(0, 7) : 'unknown'], down: true}],
      columns: [
        {title: 'Page', value: r => r.url || r.id, show: flaggedPage, kind: 'text wide'}, {title: 'Probability', value: r => isNum(r.log_odds) ? r.log_odds : r.score, show: r => sure(r.score), kind: 'num'},
        hidden('Site', r => r.domain), number('Captured', r => r.date, r => day(r.date)), number('Words', r => r.words), hidden('Language', r => r.lang),
        hidden('Score', r => r.score), hidden('Reasons', r => reasons(r).join('; ')), hidden('Beginning', r => r.text), hidden('Input', r => r.input), hidden('Offset', r => r.offset)]}));
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
      scales: {x: axis(''), y: percentAxis('')},
      plugins: {tooltip: tooltip(item => groups[item.datasetIndex][1] + ': ' + pct(item.parsed.y) + ' (' + count(rows[item.dataIndex][groups[item.datasetIndex][0]]) + ')',
        items => items.length ? 'probability ' + name(rows[items[0].dataIndex].from) + ' to ' + name(rows[items[0].dataIndex].to) : '')}
    }
  });
  return section('scores', 'How sure the detector was',
    lead('Each document gets a probability. ', groups.length > 1 && totals.before > 0 ? 'Text from before ChatGPT shows what human text looks like to the detector; ' +
      'what the later text has more of on the right is what the estimate is made from.' : 'Left is human, right is machine; what lies between is unsure.'),
    figure({caption: 'How many documents of each group (upwards) got which probability (to the right)', alternative: 'Distribution of scores; the table has its figures', make, low: true,
      keys: groups.map(([key, label, tone], i) => [i === 0 && groups.length > 1 ? 'dash' : 'line', tone, label + ' (' + plural(totals[key], 'document', 'documents') + ')']),
      rows: table({name: 'scores', rows, show: 64, columns: [column('Probability', r => r.from, r => (r.first ? 'below ' + name(r.to) : r.last ? 'above ' + name(r.from) : name(r.from) + ' to ' + name(r.to)))]
        .concat(groups.map(([key, label]) => number(label, r => r[key])))})}));
}

const ECHO_KINDS = {echo: 'echo', boilerplate: 'boilerplate', quotation: 'quotation', syndication: 'syndication'};

function echoTime(rows) {
  const dated = rows.filter(r => r.first && dayNumber(r.first.date) === dayNumber(r.first.date));
  if (dated.length < 2) return null;
  const at = dated.map(r => dayNumber(r.first.date)), from = Math.floor(Math.min(...at)) - 0.5, to = Math.ceil(Math.max(...at)) + 0.5;
  const groups = [['half or more of its copies flagged', r => r.machine >= 0.5, 'machine', 'circle'], ['fewer than half', r => isNum(r.machine) && r.machine < 0.5, 'human', 'triangle'],
    ['not judged', r => !isNum(r.machine), 'raw', 'rect']].map(g => ({name: g[0], tone: g[2], style: g[3], rows: dated.filter(g[1])})).filter(g => g.rows.length);
  const make = () => ({
    type: 'scatter',
    data: {datasets: groups.map(g => ({label: g.name, data: g.rows.map(r => ({x: dayNumber(r.first.date), y: r.domains})), pointStyle: g.style,
      pointRadius: 5.5, pointHoverRadius: 8, backgroundColor: colour(g.tone), borderColor: colour('card'), borderWidth: 1}))},
    options: {
      interaction: {mode: 'nearest', intersect: true},
      scales: {x: monthAxis(from, to), y: countAxis('', {type: 'logarithmic', beginAtZero: false, min: 1, suggestedMax: 10})},
      plugins: {release: {at: RELEASE}, tooltip: tooltip(item => {
        const r = groups[item.datasetIndex].rows[item.dataIndex];
        return [cut(r.text || 'passage ' + r.passage, 70), plural(r.domains, 'site', 'sites') + ', first on ' + cut(r.first.domain || '?', 40) + ' ' + day(r.first.date)];
      })}
    }
  });
  return figure({caption: 'Passages by the day they were first seen and the number of sites they spread to',
    alternative: count(dated.length) + ' passages by first sight and spread; the list below has them all', make, low: true,
    keys: groups.map(g => ['dot', g.tone, g.name + ' (' + count(g.rows.length) + ')'])});
}

/* On how many sites passages of machines (known output among them) and of people have come, by month: rows of `echo --by month`. */
function spreadRows(s) {
  const sums = list(s && s.rows).filter(r => isNum(monthNumber(r.month))).map(r => ({month: r.month, at: monthNumber(r.month),
    machine: r.machine_total || 0, human: r.human_total || 0})).sort((a, b) => a.at - b.at);
  return sums.map((r, i) => Object.assign(r, {new: r.machine - (i ? sums[i - 1].machine : 0), others: r.human - (i ? sums[i - 1].human : 0)}));
}

function spread(s) {
  const sums = spreadRows(s);
  const from = sums.length && sums[0].at, to = sums.length && sums[sums.length - 1].at;
  if (to - from < 2 || !sums.some(r => r.machine || r.human)) return null;
  const last = sums[sums.length - 1], line = (key, tone, dash) => ({label: key, data: sums.map(r => ({x: r.at + 0.5, y: r[key]})), borderColor: colour(tone), backgroundColor: colour(tone), borderWidth: 2.5, borderDash: dash, pointRadius: 0, stepped: 'after'});
  return [figure({caption: 'Spread: how many sites had come to carry a passage, by month', low: true, alternative: 'Arrivals on sites so far: ' + count(last.machine) + ' of machine-written passages, ' + count(last.human) + ' of human ones',
    keys: [['line', 'machine', 'passages that look machine-written, or known output'], ['dash', 'human', 'passages that look human']],
    make: () => ({type: 'line', data: {datasets: [line('machine', 'machine', []), line('human', 'human', [6, 3])]},
      options: {scales: {x: monthAxis(from, to + 1), y: countAxis('')}, plugins: {release: {at: RELEASE}, tooltip: tooltip(item => count(item.parsed.y) + (item.datasetIndex ? ' of human passages' : ' of machine-written passages'),
        items => items.length ? sums[items[0].dataIndex].month : '')}}}),
    rows: table({name: 'spread', rows: sums, show: 12, columns: [column('Month', r => r.month), number('Machine-written, new', r => r.new), number('Machine-written, so far', r => r.machine), number('Human, new', r => r.others), number('Human, so far', r => r.human)]})}),
    s.sentence ? el('p', {class: 'soft'}, s.sentence) : null];
}

function echoTable(rows) {
  return el('details', null, el('summary', null, 'All of them as a table'), table({name: 'echoes', rows, show: 12, columns: [
    column('Passage', r => r.text ? fromSentence(r.text) : r.passage, r => cut(r.text ? fromSentence(r.text) : r.passage, 120)), number('Sites', r => r.domains), number('Words', r => r.words),
    number('First seen', r => r.first && r.first.date, r => day(r.first && r.first.date)), column('First on', r => r.first && r.first.domain, r => cut(r.first && r.first.domain || '', 40)),
    share('Copies flagged', r => r.machine), hidden('Kind', r => r.kind), hidden('Doubling days', r => r.doubling_days), hidden('Sites named', r => list(r.domain_names).join(' '))]}));
}

function passage(r) {
  const spread = [isNum(r.doubling_days) && 'doubling every ' + count(r.doubling_days) + ' days', isNum(r.tenth_days) && 'tenth site after ' + count(r.tenth_days) + ' days',
    isNum(r.machine) && pct(r.machine, 0) + ' of judged copies flagged', r.mirrors > 0 && plural(r.mirrors, 'mirror', 'mirrors') + ' not counted'].filter(Boolean);
  return el('li', {class: 'item'},
    el('div', {class: 'head'}, el('b', null, (r.domains_estimated ? 'about ' : '') + plural(r.domains, 'site', 'sites')), el('span', null, count(r.words) + ' words'),
      el('span', null, 'first seen ' + day(r.first && r.first.date) + ' on ' + cut(r.first && r.first.domain || 'unknown', 60)), r.kind && r.kind !== 'echo' && el('span', {class: 'tag'}, ECHO_KINDS[r.kind] || r.kind),
      r.known && el('span', {class: 'tag'}, 'known: ' + cut([r.known.set, r.known.model].filter(Boolean).join(', '), 60))),
    r.text ? el('blockquote', null, cutWords(fromSentence(r.text), 420)) : el('p', {class: 'soft'}, 'The inputs are not at hand any more, so its words cannot be shown.'),
    spread.length ? el('div', {class: 'soft'}, spread.join('; ') + '.') : null,
    el('div', {class: 'url'}, 'On ' + cut(list(r.domain_names).slice(0, 8).join(', '), 300) + (r.domains > 8 ? ' and ' + count(r.domains - 8) + ' more' : '') + '.'));
}

function growing(items, first) {
  const box = el('ol', {class: 'passages'}, items.slice(0, first));
  const rest = items.slice(first);
  const more = rest.length ? el('button', {class: 'plain', type: 'button'}, 'Show ' + count(rest.length) + ' more') : null;
  if (more) more.addEventListener('click', () => { rest.forEach(i => box.append(i)); more.hidden = true; });
  return [box, more];
}

function echoes(data) {
  const e = data.echoes, rows = list(e && e.rows), title = 'Echoes: the same passage on several sites';
  if (!e) return section('echoes', title, notMeasured('this report was made without an index.'));
  const counts = e.counts || {};
  const apart = ['boilerplate', 'quotation', 'syndication'].filter(k => counts[k] > 0).map(k => plural(counts[k], 'passage', 'passages') + ' of ' + k);
  const said = lead('A passage is an echo when sites that have nothing else to do with each other carry it. A site\u2019s own template never counts; mirrors count as one site. ',
    apart.length ? 'Not shown: ' + apart.join(', ') + '.' : '');
  if (!rows.length) return section('echoes', title, said, el('p', null, 'No passage was found on two sites or more.'));
  const narrow = window.innerWidth < 700, graph = hostPairs(rows, narrow ? GRAPH_NARROW : GRAPH_HOSTS), wide = rows.slice().sort((a, b) => b.domains - a.domains || compare(a.first && a.first.date, b.first && b.first.date));
  return section('echoes', title, said,
    isNum(e.total) && e.total > rows.length && el('p', {class: 'soft'}, 'The ' + count(rows.length) + ' widest of ' + plural(e.total, 'passage', 'passages') + '.'),
    spread(data.spread), echoTime(rows), el('h3', null, 'The widest'), growing(wide.map(passage), 4), echoTable(wide),
    graph.pairs.length > 0 && [el('h3', null, 'Who shares with whom'),
      el('p', {class: 'soft'}, 'A line joins the site that had a passage first with each that had it later; thicker lines are more passages. Larger sites share more. ',
        'Orange: most of its shared passages look machine-written. ' + (graph.total > graph.hosts.length ? 'The ' + graph.hosts.length + ' of ' + plural(graph.total, 'site', 'sites') + ' that share most. ' : ''),
        'Point at a site, or step through with the Tab key, to see its neighbours.'),
      el('figure', null, drawGraph(graph, narrow), el('details', null, el('summary', null, 'The figures as a table'),
        table({name: 'shared', rows: graph.pairs.slice(0, 400), columns: [column('Had it first', p => p.from), column('Had it later', p => p.to), number('Shared passages', p => p.passages)]})))]);
}

function hit(row) {
  const h = row.hit || row;
  const where = h.url || h.domain || 'no address', whole = new TextEncoder().encode(h.text || '').length >= h.end - h.start;
  return el('li', {class: 'item'},
    el('div', {class: 'head'}, el('b', null, cut(h.set || '', 60)), h.model && el('span', null, 'output of ' + cut(h.model, 60)), h.kind && el('span', {class: 'tag'}, h.kind),
      el('span', null, 'item ' + cut(h.item || '', 40)), el('span', null, pct(h.contained, 0) + ' of it (' + range(h.low, h.high) + '), ' + count(h.words) + ' words'),
      el('span', null, 'captured ' + day(h.date)), row.copies > 1 && el('span', null, 'seen ' + count(row.copies) + ' times')),
    el('blockquote', null, h.before ? fromSentence(h.before) + ' ' : '', el('mark', null, (h.text || '').trim() + (whole ? '' : '\u2026')), h.after && whole ? ' ' + h.after.trim() + '\u2026' : ''),
    el('div', {class: 'url'}, cut(where, 300)));
}

function known(data) {
  const h = data.hits, title = 'Known model output and benchmarks';
  if (!h) return section('known', title, notMeasured('this report was made without an index.'));
  const said = lead('Passages found word for word, or nearly, in collections whose origin is known: answers of a certain model, benchmark questions, or text known to be human.');
  if (!list(h.rows).length)
    return section('known', title, said, el('p', null, list(h.sets).length ? 'Nothing was found.' :
      'No document matches a reference set. If none was loaded at the scan (echometer refs), nothing could be found.'));
  return section('known', title, said,
    table({name: 'sets', rows: list(h.sets), caption: 'What leaked, and since when', columns: [
      column('Collection', r => r.set), column('Model', r => r.model), column('Kind', r => r.kind), number('Items seen', r => r.items),
      number('Documents', r => r.documents), number('Sites', r => r.domains), column('First seen', r => r.first, r => day(r.first)), column('Last seen', r => r.last, r => day(r.last))]}),
    el('h3', null, 'The longest passages'), el('p', {class: 'soft'}, 'Each item once, where most of it is: ' + count(list(h.rows).length) + ' of ' + plural(h.items, 'item', 'items') + '.'),
    growing(list(h.rows).map(hit), 4),
    el('details', null, el('summary', null, 'All of them as a table'), table({name: 'known', rows: list(h.rows).map(r => Object.assign({copies: r.copies}, r.hit || r)), show: 12, columns: [
      column('Collection', r => r.set), column('Item', r => r.item), column('Model', r => r.model), share('Of the item', r => r.contained), number('Words', r => r.words), number('Seen', r => r.copies),
      number('Captured', r => r.date, r => day(r.date)), column('Where', r => r.url || r.domain, r => cut(r.url || r.domain || '', 80)), hidden('Passage', r => r.text)]})));
}
