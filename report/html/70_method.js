/* What was left out, how it was measured, what the words mean. */

const DROPS = {
  warcinfo: 'describes the archive, not a page', request: 'what was asked, not what was answered', metadata: 'about another record',
  revisit: 'unchanged since an earlier capture', continuation: 'later segment of a split record', 'unknown-type': 'record type not known',
  damaged: 'record could not be read whole', 'http-status': 'HTTP status is not 200 to 299', 'not-http': 'not an HTTP capture (DNS, FTP, ...)',
  'bad-http': 'HTTP message cannot be read', mime: 'not HTML or text', empty: 'no bytes in the body', 'too-big': 'larger than the limit',
  bomb: 'decodes to more than the limit', 'bad-encoding': 'Content-Encoding cannot be undone', 'no-text': 'no readable text in the page',
  'no-field': 'JSON line without the text field', 'bad-json': 'line is not valid JSON', binary: 'bytes are not text'
};

/* Those with something wrong first. */
function inputTable(troubled, read) {
  const first = list(troubled && troubled.rows), names = new Set(first.map(r => r.name)), rows = first.concat(list(read && read.rows).filter(r => !names.has(r.name)));
  const total = Math.max(rows.length, read && read.total || 0);
  if (!rows.length) return null;
  return [table({name: 'inputs', rows, show: 6, mark: r => names.has(r.name), columns: [column('Input', r => r.name, r => cut(r.name, 120)), number('Records', r => r.records), number('Documents', r => r.documents),
    number('Damaged places', r => r.damaged), column('State', r => r.failed ? 'failed' : r.complete ? 'complete' : 'not read to the end')]}),
    total > rows.length ? el('p', {class: 'soft'}, count(rows.length) + ' of ' + plural(total, 'input', 'inputs') + '.') : null];
}

function dropped(data) {
  const o = data.overview || {}, drops = o.drops || {}, title = 'What was left out';
  const rows = Object.keys(drops).map(k => ({reason: k, n: drops[k]})).sort((a, b) => b.n - a.n || (a.reason < b.reason ? -1 : 1));
  const total = sum(rows, 'n'), inputs = data.inputs, parts = [];
  if (!isNum(o.records)) return section('dropped', title, notMeasured('there are no counts of records.'));
  parts.push(lead('Every record that was read is either a document or is counted here with the reason: ', plural(o.records, 'record', 'records'), ' = ',
    plural(o.documents + (o.forgotten || 0), 'document', 'documents'), ' + ', count(total), ' left out',
    o.forgotten > 0 ? ' (' + count(o.forgotten) + ' of the documents were taken out again on request)' : '', '.'));
  if (rows.length)
    parts.push(table({name: 'left-out', rows, columns: [column('Reason', r => r.reason), column('Meaning', r => DROPS[r.reason] || ''), number('Records', r => r.n), share('Of all', r => r.n / o.records),
      bars(rows[0].n, r => [r.n], {neutral: true, share: false})]}));
  parts.push(el('h3', null, 'Inputs'));
  if (!(o.damaged > 0) && !(o.failed > 0) && !(o.incomplete > 0)) parts.push(el('p', null, 'Every input was read to its end.'));
  else
    parts.push(el('p', null, plural(o.damaged || 0, 'place', 'places') + ' could not be read; reading went on behind each. ' +
      plural(o.failed || 0, 'input', 'inputs') + ' could not be opened or read on, ' + count(o.incomplete || 0) + ' not read to the end.'));
  parts.push(inputTable(inputs, data.read));
  return section('dropped', title, parts);
}

const ESTIMATORS = {
  raw: 'plain count', adjusted: 'count corrected for misses and false alarms (Rogan and Gladen)', posterior: 'mean of the probabilities, corrected (PACC)',
  em: 'share that explains the probabilities best (EM)', histogram: 'nearest blend of two histograms (HDy)', mixture: 'blend of the histograms of all measured sources',
  words: 'mixture by word occurrences alone (Liang)', excess: 'excess of marker words: a lower bound (Kobak)'
};

function estimators(data) {
  const rows = rowsOf(data, 'all');
  if (rows.length < 2) return null;
  const full = rows.map(r => ({r, e: estimateOf(r)})), head = headlineRow(rows);
  const most = Math.max(0.01, ...full.map(x => x.e && (x.r.estimator === 'excess' ? x.e.share : x.e.high || x.e.share) || 0));
  return [el('h3', null, 'Other ways to estimate, side by side'),
    el('p', {class: 'soft'}, 'Where they agree the answer does not hang on one method\u2019s assumptions. The headline\u2019s row is in bold.'),
    table({name: 'estimators', rows: full, mark: x => x.r === head, columns: [column('Estimator', x => ESTIMATORS[x.r.estimator] || x.r.estimator),
      share('Estimate', x => x.e ? x.e.share : NaN), bars(most, x => x.e ? [x.e.share, x.e.low, Math.min(x.e.high, roundUp(most))] : []),
      share('Low', x => x.e ? x.e.low : NaN), {title: 'High', kind: 'num', value: x => x.e && x.r.estimator !== 'excess' ? x.e.high : NaN, show: x => !x.e ? NONE : x.r.estimator === 'excess' ? 'open' : pct(x.e.high)},
      share('Zero check', x => x.e && x.e.zero ? x.e.zero.share : NaN)]})];
}

/* What the model was measured to see: of texts of each kind, from sources that it did not learn from. */
function kinds(data) {
  const rows = list(stated(data) && stated(data).kinds);
  if (!rows.length) return null;
  return section('kinds', 'Kinds of machine',
    lead('Of every kind of machine text that the model was measured on, how much it calls machine-written. A kind that is caught less is under-counted above; a kind that is not here may be missed.'),
    legend(['', 'machine', 'called machine'], ['', 'unsure', 'unsure'], ['', 'human', 'called human']),
    table({name: 'kinds', rows, show: 12, columns: [column('Kind', r => r.kind), number('Texts', r => r.texts), share('Called machine', r => r.caught),
      {title: '', kind: 'bar', bar: null, show: r => stack([[r.caught, ''], [r.unsure, 'unsure'], [r.human, 'neutral']])}, share('Unsure', r => r.unsure), share('Called human', r => r.human), number('Sources', r => r.sources)]}));
}

function method(data) {
  const m = data.model || {}, s = data.summary, prevalence = data.prevalence || {}, o = data.overview || {};
  const facts = [
    ['Source', data.source && el('code', null, data.source)],
    ['Captured', o.first_month && (o.first_month === o.last_month ? o.first_month : o.first_month + ' to ' + o.last_month)],
    ['Model', m.name && [el('code', null, m.name), m.lang ? ' (' + (LANGUAGES[m.lang] || m.lang) + ')' : '']],
    ['Thresholds', list(m.thresholds).length ? m.thresholds.map(t => el('div', null, 'Probability ' + (1 / (1 + Math.exp(-t.log_odds))).toFixed(4) + ' or more: set to flag ' + pct(t.fpr) +
      ' of human text; measured ' + range(t.fpr_low, t.fpr_high) + (t.texts > 0 ? ' on ' + plural(t.texts, 'text', 'texts') + ' of ' + plural(t.sources, 'source', 'sources') : '') +
      (t.measured ? ' (' + cut(t.measured, 200) + ')' : '') + '.')) : null],
    ['Headline estimate', prevalence.reason || null],
    ['Interval', prevalence.interval || (estimateOf(headlineRow(rowsOf(data, 'all'))) ? '95' + NBSP + '%. The uncertainty of the sample and of the detector\u2019s measured error rates are in it; ' +
      'documents of one site are not independent of each other, so whole sites are drawn again.' : null)],
    ['Examples of human text', (headlineRow(rowsOf(data, 'all')) || {}).sliced ? 'Documents of this index from before ChatGPT take the place of the ones the detector was measured on; ' +
      'the zero check is made on one half of them with the other.' : null],
    ['What is not measured', 'Text that a person edited heavily after a model wrote it, translations, and languages without a model. Short texts are not judged.'],
    ['Scan', s && [plural(s.files, 'file', 'files') + ', ' + (s.block_bytes / 1e6).toFixed(1) + NBSP + 'MB in ' + Number(s.seconds).toFixed(1) + NBSP + 's with ' + plural(s.threads, 'thread', 'threads')]],
    ['Made by', 'echometer ' + (data.version || '') + (data.made ? ', ' + data.made : '')],
    ['Command', data.command && el('code', null, data.command)],
  ].filter(f => f[1]);
  return section('method', 'How this was measured',
    el('p', null, 'Pages are read from the archives, reduced to their main text, and scored by a statistical model of how machine-written text differs from human text. ' +
      'No single verdict is certain: the detector flags some human text and misses some machine text. How often it does either was measured on text the model never saw, ' +
      'and the estimate takes that into account.'),
    el('dl', null, facts.map(([name, value]) => [el('dt', null, name), el('dd', null, value)]).flat()),
    estimators(data));
}

const WORDS = [
  ['document', 'One page or text with readable prose. Menus, headers and other furniture of a page are left out.'],
  ['site', 'A registrable domain: news.example.co.uk and www.example.co.uk are one site, example.co.uk.'],
  ['flagged', 'The detector\u2019s probability is above its threshold. A count of flagged documents is not yet an estimate: see false positive.'],
  ['estimate', 'The share of machine-written documents after correcting the count for the detector\u2019s known errors.'],
  ['95' + NBSP + '% interval', 'A range made so that in 95 of 100 such measurements it holds the true share.'],
  ['zero check', 'The same estimate on documents dated before ChatGPT was published (2022-11-30). It should be zero; what it is shows the method\u2019s own floor.'],
  ['false positive', 'A human text flagged as machine-written. The threshold is set so that this happens at a stated rate.'],
  ['judged', 'Long enough, in a language with a model, and prose. Other documents get no verdict.'],
  ['chat residue', 'Words that only come from a chat assistant and were pasted along: \u201cas an AI language model\u201d, citation marks, links of chat clients.'],
  ['echo', 'A passage found on several independent sites.'],
  ['mirror', 'A site that carries most of what another carries. Both count as one.'],
  ['doubling time', 'How long it takes until twice as many sites have a passage, at the rate seen so far.'],
];

function glossary() {
  return section('glossary', 'Words used here', el('dl', null, WORDS.map(([word, meaning]) => [el('dt', null, word), el('dd', null, meaning)]).flat()));
}
