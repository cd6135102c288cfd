/* The answer: one sentence, its interval, what it was checked with, and what speaks against believing it. */

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

/* The estimate and, on the same scale, what the method says of text from before ChatGPT. */
function scale(estimate) {
  const zero = estimate.zero, most = Math.max(0.02, 1.15 * Math.max(estimate.high || 0, estimate.share, zero && zero.high || 0));
  const step = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5].find(s => most / s <= 5) || 0.5;
  const top = Math.min(1, Math.ceil(most / step) * step), width = window.innerWidth < 700 ? 300 : 480, x = v => 8 + (width - 16) * Math.max(0, Math.min(1, v / top)), bottom = zero ? 88 : 44;
  const ticks = [];
  for (let v = 0; v <= top + 1e-9; v += step) ticks.push(v);
  const row = (y, e, tone, name) => [svg('text', {x: 8, y: y - 12, class: 'name'}, name),
    svg('line', {x1: 8, x2: width - 8, y1: y, y2: y, class: 'rail'}),
    isNum(e.low) && svg('rect', {x: x(e.low), y: y - 6, width: Math.max(3, x(e.high) - x(e.low)), height: 12, rx: 3, class: 'interval ' + tone}),
    svg('circle', {cx: x(e.share), cy: y, r: 7, class: tone})];
  return el('div', {class: 'scale'}, svg('svg', {viewBox: '0 0 ' + width + ' ' + (bottom + 22), role: 'img', 'aria-label':
    'Estimate ' + pct(estimate.share) + ', interval ' + range(estimate.low, estimate.high) + (zero ? '; zero check ' + pct(zero.share) : '')},
    ticks.map(v => [svg('line', {x1: x(v), x2: x(v), y1: bottom - 6, y2: bottom, class: 'tick'}),
      svg('text', {x: x(v), y: bottom + 15, 'text-anchor': v === 0 ? 'start' : v > top - 1e-9 ? 'end' : 'middle'}, v === 0 ? '0' : pct(v, step < 0.01 ? 1 : 0))]).flat(),
    row(28, estimate, 'machine', 'these documents'), zero ? row(68, zero, 'human', 'those from before ChatGPT (should be 0)') : []));
}

/* Where nothing was estimated: the plain share flagged in months before the release. */
function rawZero(data) {
  const rows = list(data.months).filter(r => r.month && r.month < CHATGPT), documents = sum(rows, 'documents') - sum(rows, 'abstained');
  return documents >= 20 ? {share: sum(rows, 'flagged') / documents, documents, plain: true} : null;
}

function check(tone, name, value, ...text) {
  return el('li', {class: tone}, el('h3', null, name), el('p', {class: 'value'}, value), el('p', null, text));
}
function zeroCheck(zero) {
  if (!zero)
    return check('open', 'Control', 'not possible', 'Too few documents are from before ChatGPT (30 November 2022). How much the method finds where there is nothing to find is not known here.');
  const bad = zeroIsBad(zero), of = isNum(zero.documents) ? plural(zero.documents, 'document', 'documents') : 'documents';
  return check(bad ? 'bad' : 'good', 'Control', pct(zero.share),
    zero.plain ? 'of ' + of + ' from before ChatGPT are flagged, where the true share is 0. ' : 'found by the same method in ' + of + ' from before ChatGPT, where it is 0',
    bad ? zero.plain ? 'So many human texts are flagged by mistake.' : '. It finds something there: the answer is at least that uncertain.' : zero.plain ? '' : ', as it should.');
}
/* What is certain without any model. */
function floorCheck(o) {
  if (!isNum(o.leaks)) return null;
  return check('', 'Without any model', plural(o.leaks, 'document', 'documents'), 'with words that only a chat assistant leaves behind' +
    (o.matches > 0 ? '; ' + count(o.matches) + ' with passages of reference sets.' : ': the floor.'));
}
function judgedCheck(o) {
  if (!isNum(o.abstained) || !(o.documents > 0)) return null;
  return check(o.abstained / o.documents > 0.5 ? 'bad' : '', 'Judged', pct((o.documents - o.abstained) / o.documents, 0), 'of the ' + plural(o.documents, 'document', 'documents') +
    '; the others are short, no prose, or in other languages.');
}
function turnedCheck(t) {
  if (!t || !(t.total > 0)) return null;
  return check('', 'Sites that turned', count(t.turned) + ' of ' + count(t.total), 'publish more machine text than their own past suggests.');
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
    out.push(note('fine', 'Nothing that was checked speaks against it.', 'Most documents judged and dated, many sites, a clean control, estimators that agree.'));
  return out;
}

const INTERVAL_CAVEAT = 'If the machine text is of a kind that the detector was never measured on, the interval holds the truth less often than 95 times in 100.';

/* What a reader who reads nothing else takes away. */
function inShort(estimate, shown, judged) {
  const of = isNum(judged) ? plural(judged, 'document', 'documents') + ' that could be judged' : 'documents that could be judged';
  if (!estimate)
    return [el('p', {class: 'big'}, pct(shown)), el('p', {class: 'sentence'}, 'of ', of, ' were flagged as machine-written. How many really are was not estimated.')];
  if (!isNum(estimate.low))
    return [el('p', {class: 'big'}, pct(shown)), el('p', {class: 'sentence'}, 'of ', of, ' read like text that a language model wrote.')];
  if (estimate.low < 0.0005)
    return [el('p', {class: 'big'}, 'at most ', pct(estimate.high)), el('p', {class: 'sentence'}, 'of ', of, ' read like text that a language model wrote; none at all is possible. ',
      'The best estimate is ', el('b', null, pct(shown)), '.')];
  return [el('p', {class: 'big'}, 'at least ', pct(estimate.low)), el('p', {class: 'sentence'}, 'of ', of, ' read like text that a language model wrote. ',
    'The best estimate is ', el('b', null, pct(shown)), '; the truth lies between ' + range(estimate.low, estimate.high).replace(' to ', ' and ') + ' with 95' + NBSP + '% confidence.')];
}

function answer(data) {
  const o = data.overview || {}, estimate = estimateOf(headlineRow(rowsOf(data, 'all'))), said = stated(data);
  const judged = isNum(o.abstained) ? o.documents - o.abstained : NaN, raw = judged > 0 ? o.flagged / judged : NaN;
  const shown = estimate ? estimate.share : raw;
  if (!isNum(shown))
    return section('answer', 'The answer', el('p', {class: 'sentence'}, 'No document could be judged, so there is no answer: see ',
      el('a', {href: '#dropped'}, 'what was left out'), '.'), el('ul', {class: 'checks'}, judgedCheck(o)));
  const zero = estimate ? estimate.zero : rawZero(data), warned = said ? statedWarnings(data) : warnings(data, estimate, zero, judged);
  return section('answer', 'The answer',
    el('div', {class: 'answer'},
      el('div', null, inShort(estimate, shown, judged), estimate && isNum(estimate.low) && el('p', {class: 'soft'}, INTERVAL_CAVEAT)), estimate && scale(estimate)),
    el('ul', {class: 'checks'}, zeroCheck(zero), floorCheck(o), turnedCheck(data.turned), judgedCheck(o)),
    el('div', {class: 'notes'}, warned),
    said && el('details', {class: 'quote'}, el('summary', null, 'The answer in full, to be quoted'),
      [said.headline, said.unseen, said.floor].filter(Boolean).map(t => el('p', null, t))));
}
