/* The answer: one sentence, its interval, the zero check beside it, and what speaks against believing it. */

/* A row of `prevalence` in one shape: share, low, high, raw, zero {share, low, high, documents}. */
function estimateOf(row) {
  if (!row || !isNum(row.estimate)) return null;
  const z = row.zero_check;
  const zero = isNum(z) ? {share: z, low: row.zero_low, high: row.zero_high, documents: row.zero_documents}
    : z && isNum(z.estimate) ? {share: z.estimate, low: z.low, high: z.high, documents: z.documents} : null;
  return {share: row.estimate, low: row.low, high: row.high, raw: rawShare(row), documents: row.documents, domains: row.domains,
    estimator: row.estimator, zero};
}
function rawShare(row) {
  if (!row) return NaN;
  if (isNum(row.raw)) return row.raw;
  const judged = isNum(row.judged) ? row.judged : isNum(row.scored) ? row.scored
    : isNum(row.abstained) ? row.documents - row.abstained : row.documents;
  return judged > 0 ? row.flagged / judged : NaN;
}
function rowsOf(data, by) { return list(data.prevalence && data.prevalence[by]); }
function headlineRow(rows) { return rows.find(r => r.headline === true) || rows[0]; }
/* One row a stratum: the headline estimator's. */
function headlineRows(rows) {
  if (rows.some(r => r.headline === true)) return rows.filter(r => r.headline === true);
  const first = rows.length ? rows[0].estimator : null;
  return rows.filter(r => r.estimator === first);
}

function scale(estimate) {
  const zero = estimate.zero, most = Math.max(0.05, 1.25 * Math.max(estimate.high || 0, estimate.share, zero && zero.high || 0));
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5].find(s => most / s <= 6) || 0.5;
  const top = Math.min(1, Math.ceil(most / step) * step), x = v => 8 + 584 * Math.max(0, Math.min(1, v / top));
  const ticks = [];
  for (let v = 0; v <= top + 1e-9; v += step) ticks.push(v);
  const row = (y, e, colour) => [
    isNum(e.low) && svg('rect', {x: x(e.low), y: y - 7, width: Math.max(2, x(e.high) - x(e.low)), height: 14, rx: 4, fill: 'var(--' + colour + ')', opacity: 0.3}),
    svg('circle', {cx: x(e.share), cy: y, r: 7, fill: 'var(--' + colour + ')'})];
  return el('div', {class: 'scale'}, svg('svg', {viewBox: '0 0 600 ' + (zero ? 76 : 50), role: 'img', 'aria-label':
    'Estimate ' + pct(estimate.share) + ', interval ' + range(estimate.low, estimate.high) + (zero ? '; zero check ' + pct(zero.share) : '')},
    ticks.map(v => [svg('line', {x1: x(v), x2: x(v), y1: 4, y2: zero ? 56 : 30, stroke: 'var(--line)'}),
      svg('text', {x: x(v), y: zero ? 72 : 46, 'text-anchor': v === 0 ? 'start' : v > top - 1e-9 ? 'end' : 'middle'}, pct(v, step < 0.01 ? 1 : 0))]).flat(),
    row(16, estimate, 'machine'), zero ? row(42, zero, 'human') : []),
    legend(['dot', 'var(--machine)', 'estimate'], zero ? ['dot', 'var(--human)', 'zero check'] : ['dot', 'transparent', '']));
}

/* Where nothing was estimated: the plain share flagged in months before the release. */
function rawZero(data) {
  const rows = list(data.months).filter(r => r.month && r.month < CHATGPT), documents = sum(rows, 'documents') - sum(rows, 'abstained');
  return documents >= 20 ? {share: sum(rows, 'flagged') / documents, documents, plain: true} : null;
}

function zeroCard(zero) {
  if (!zero)
    return el('div', {class: 'zero none'}, el('p', {class: 'label'}, 'Zero check'), el('p', {class: 'value'}, 'not possible'),
      el('p', null, 'There are too few documents dated before ChatGPT was published (2022-11-30). How much this method would find ' +
        'where there is nothing to find is not known for this data.'));
  const bad = zeroIsBad(zero);
  return el('div', {class: bad ? 'zero bad' : 'zero'}, el('p', {class: 'label'}, 'Zero check'),
    el('p', {class: 'value'}, pct(zero.share), ' ', el('small', null, isNum(zero.low) ? '(' + range(zero.low, zero.high) + ')' : '')),
    el('p', null, zero.plain ? 'The same count on ' : 'The same method on ', isNum(zero.documents) ? plural(zero.documents, 'document', 'documents') : 'documents',
      ' dated before ChatGPT was published (2022-11-30), where the true answer is close to 0', NBSP, '%. ',
      bad ? zero.plain ? 'So many human texts are flagged by mistake.' : 'It finds something there: the answer is at least that uncertain.' : 'It finds next to nothing there, as it should.'));
}
function zeroIsBad(zero) { return zero.low > 0.002 || zero.share > (zero.plain ? 0.02 : 0.01); }

function warnings(data, estimate, zero, judged) {
  const o = data.overview || {}, out = [];
  if (!estimate) {
    if (zero && zeroIsBad(zero))
      out.push(note('warning', 'The zero check is not clean.', 'Of documents from before ChatGPT ' + pct(zero.share) + ' are flagged as well.'));
    const why = (headlineRow(rowsOf(data, 'all')) || {}).note;
    out.push(note('warning', 'Raw count only' + (why ? ': ' + why : '') + '.', 'This share is not corrected for the detector\u2019s errors: it contains human text flagged ' +
      'by mistake, and misses machine text that was not flagged.'));
  } else {
    if (!estimate.zero)
      out.push(note('warning', 'No zero check.', 'Without documents from before 2022-11-30 nothing shows how large the method\u2019s own floor is here.'));
    else if (zeroIsBad(estimate.zero) && estimate.zero.share >= (estimate.low || 0))
      out.push(note('warning', 'The zero check fails.', 'On text from before ChatGPT the method finds as much as the lower end of the answer. ' +
        'Do not read this answer as more than: not clearly above zero.'));
    else if (zeroIsBad(estimate.zero))
      out.push(note('warning', 'The zero check is not clean.', 'On text from before ChatGPT the method already finds ' + pct(estimate.zero.share) +
        '. Part of the answer may be false alarms.'));
    if (!(estimate.high - estimate.low <= Math.max(0.1, estimate.share)))
      out.push(note('warning', 'The interval is wide.', 'The sample is too small, or too few sites make it up, for a sharper answer.'));
  }
  if (isNum(judged) && judged < 1000)
    out.push(note('warning', 'Small sample.', plural(judged, 'document', 'documents') + ' could be judged. From a thousand on, answers become steady.'));
  const domains = data.domains && data.domains.total;
  if (isNum(domains) && domains > 0 && domains < 50)
    out.push(note('warning', 'Few sites.', 'The documents come from ' + plural(domains, 'site', 'sites') + '. What holds for these says little of others.'));
  if (o.documents > 0 && o.abstained / o.documents > 0.5)
    out.push(note('warning', 'More than half was not judged.', pct(o.abstained / o.documents, 0) + ' of the documents are too short, in a language ' +
      'without a model, or no prose. The answer is about the rest.'));
  if (o.incomplete > 0 || o.failed > 0)
    out.push(note('warning', 'Not everything was read.', plural(o.incomplete || 0, 'input was', 'inputs were') + ' not read to the end, ' +
      count(o.failed || 0) + ' could not be opened.'));
  if (data.model && data.model.others > 0)
    out.push(note('warning', 'Several models.', 'The index has verdicts of ' + plural(data.model.others, 'other model', 'other models') +
      '. This page shows those of ' + data.model.name + '.'));
  return out;
}

function tiles(data) {
  const o = data.overview;
  if (!o) return null;
  const items = [
    [count(o.documents), 'documents with readable text'], [o.words >= 1e7 ? (o.words / 1e6).toFixed(0) + NBSP + 'million' : count(o.words), 'words in them'],
    [data.domains && isNum(data.domains.total) && count(data.domains.total), 'sites (registrable domains)'],
    [isNum(o.abstained) && count(o.documents - o.abstained), 'long enough and in a known language: judged'],
    [isNum(o.flagged) && count(o.flagged), 'flagged as machine-written, uncorrected'],
    [isNum(o.leaks) && count(o.leaks), 'with words that chat assistants leave behind'],
    [isNum(o.matches) && count(o.matches), 'with passages of known model output or benchmarks'],
  ];
  return el('ul', {class: 'tiles'}, items.filter(i => i[0]).map(([value, label]) => el('li', null, el('b', null, value), el('span', null, label))));
}

/* The sentences come with the data, derived from the rows: the page adds none of its own. */
function stated(data) { return data.prevalence && data.prevalence.statement; }
function statedWarnings(data) {
  const said = stated(data), o = data.overview || {}, out = list(said.warnings).map(w => note('warning', '', w));
  if (o.incomplete > 0 || o.failed > 0)
    out.push(note('warning', 'Not everything was read.', plural(o.incomplete || 0, 'input was', 'inputs were') + ' not read to the end, ' +
      count(o.failed || 0) + ' could not be opened.'));
  if (data.model && data.model.others > 0)
    out.push(note('warning', 'Several models.', 'The index has verdicts of ' + plural(data.model.others, 'other model', 'other models') +
      '. This page shows those of ' + data.model.name + '.'));
  if (!out.length && said.clear)
    out.push(note('fine', 'Nothing that was looked at speaks against this answer.', 'Nearly all documents were judged and are dated, many sites make them up, the zero check is ' +
      'clean, the estimators agree, and all inputs were read.'));
  return out;
}
function kinds(data) {
  const rows = list(stated(data) && stated(data).kinds);
  if (!rows.length) return null;
  return [el('h3', null, 'What is seen of each kind of machine'), table({rows, sort: true, columns: [column('Kind', r => r.kind), number('Sources', r => r.sources),
    number('Texts', r => r.texts), {title: '', kind: 'bar', show: r => bar(r.caught, 1, NaN, NaN)}, share('Called machine', r => r.caught), share('Unsure', r => r.unsure), share('Called human', r => r.human)]})];
}

function answer(data) {
  const o = data.overview || {}, estimate = estimateOf(headlineRow(rowsOf(data, 'all')));
  const judged = isNum(o.abstained) ? o.documents - o.abstained : NaN, raw = judged > 0 ? o.flagged / judged : NaN;
  const shown = estimate ? estimate.share : raw;
  if (!isNum(shown))
    return section('answer', 'The answer', el('p', {class: 'sentence'}, 'No document could be judged, so there is no answer: see ',
      el('a', {href: '#dropped'}, 'what was left out'), '.'), tiles(data));
  const said = stated(data);
  const left = el('div', null, el('p', {class: 'label'}, 'Share of the documents judged that read like known machine text'),
    el('p', {class: 'big'}, estimate && isNum(estimate.low) ? 'at least ' + pct(estimate.low) : pct(shown),
      estimate && isNum(estimate.low) && el('small', null, 'estimate ' + pct(shown) + ', ' + range(estimate.low, estimate.high) + ' with 95' + NBSP + '% confidence')),
    said ? [el('p', {class: 'sentence'}, said.headline), said.unseen && el('p', {class: 'soft'}, said.unseen), said.floor && el('p', {class: 'soft'}, said.floor)]
      : estimate && shown < 0.0005
      ? el('p', {class: 'sentence'}, 'As good as ', el('b', null, 'none'), ' of the documents judged is written by a language model',
          estimate.high > 0 ? ['; at most ' + (100 * estimate.high).toFixed(1), ' of every 100 are, with 95', NBSP, '% confidence.'] : '.')
      : estimate
      ? el('p', {class: 'sentence'}, 'Of every 100 documents judged about ', el('b', null, (100 * shown).toFixed(shown < 0.1 ? 1 : 0)),
          ' are written by a language model', isNum(estimate.low) && ['; the truth lies between ', (100 * estimate.low).toFixed(1), ' and ',
            (100 * estimate.high).toFixed(1), ' with 95', NBSP, '% confidence'], '.')
      : el('p', {class: 'sentence'}, 'Of the documents that could be judged, ', pct(shown), ' were flagged as machine-written. How many that really are was not estimated.'),
    estimate && scale(estimate),
    estimate && isNum(estimate.raw) && el('p', {class: 'soft'}, 'The plain count of flagged documents would say ' + pct(estimate.raw) +
      '. The estimate corrects it for the detector\u2019s measured errors.'));
  const zero = estimate ? estimate.zero : rawZero(data), warned = said ? statedWarnings(data) : warnings(data, estimate, zero, judged);
  return section('answer', 'The answer', el('div', {class: 'answer'}, left, zeroCard(zero)),
    warned, tiles(data), kinds(data));
}
