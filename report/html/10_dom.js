/* Elements and numbers. Strings from data become text nodes, never markup. The script's files are joined in
 * order of name: one function around all. */
(function () {
'use strict';

const NBSP = '\u202f'; /* narrow, no break: groups of digits and units, the same in every locale */
const NONE = '\u2013';
const CHATGPT = '2022-11';

function isNum(v) { return typeof v === 'number' && isFinite(v); }
function list(v) { return Array.isArray(v) ? v : []; }
function sum(rows, key) { return rows.reduce((s, r) => s + (isNum(r[key]) ? r[key] : 0), 0); }

function el(tag, attributes, ...kids) {
  const node = document.createElement(tag);
  fill(node, attributes, kids);
  return node;
}
function svg(tag, attributes, ...kids) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(node, attributes, kids);
  return node;
}
function fill(node, attributes, kids) {
  for (const name in attributes || {})
    if (attributes[name] !== null && attributes[name] !== undefined && attributes[name] !== false)
      node.setAttribute(name, attributes[name] === true ? '' : attributes[name]);
  for (const kid of kids.flat(3))
    if (kid !== null && kid !== undefined && kid !== false)
      node.append(kid instanceof Node ? kid : String(kid));
}

function count(n) {
  if (!isNum(n)) return NONE;
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, NBSP);
}
function plural(n, one, many) { return count(n) + ' ' + (n === 1 ? one : many); }
/* 0.0437 -> "4.4 %": as the commands print it; shares below a thousandth keep two digits. */
function pct(v, digits) {
  if (!isNum(v)) return NONE;
  const p = 100 * v;
  const d = digits !== undefined ? digits : p === 0 || Math.abs(p) >= 0.1 ? 1 : 2;
  return p.toFixed(d) + NBSP + '%';
}
/* A probability near 1 is never shown as 1: the detector is not sure. */
function sure(v) { return !isNum(v) ? NONE : v > 0.999 ? '> ' + pct(0.999) : v < 0.001 ? '< ' + pct(0.001) : pct(v); }
function range(low, high) {
  return isNum(low) && isNum(high) ? pct(low) + ' to ' + pct(high) : NONE;
}
function cut(text, most) {
  const t = String(text);
  return t.length > most ? Array.from(t).slice(0, most - 1).join('') + '\u2026' : t;
}
/* The same between words. */
function cutWords(text, most) {
  const t = cut(text, most), last = t.lastIndexOf(' ');
  return t.endsWith('\u2026') && last > 0.6 * t.length ? t.slice(0, last).replace(/[,;:\s]+$/, '') + ' \u2026' : t;
}
function day(v) { return v ? String(v).slice(0, 10) : 'unknown'; }
/* "2023-04" -> months since year 0; NaN where it is none. */
function monthNumber(v) {
  const m = /^(\d{4})-(\d{2})/.exec(v || '');
  return m ? 12 * Number(m[1]) + Number(m[2]) - 1 : NaN;
}
function monthName(n) {
  const y = Math.floor(n / 12), m = n - 12 * y + 1;
  return y + '-' + (m < 10 ? '0' : '') + m;
}
/* "2023-04", "2023-Q3" or "2023", the months that were put together if any -> {from, to}, `to` not included. */
function period(row) {
  const months = list(row.months).map(monthNumber).filter(isNum);
  if (months.length) return {from: Math.min(...months), to: Math.max(...months) + 1};
  const m = /^(\d{4})(?:-(?:Q([1-4])|(\d{2})))?$/.exec(row.month || '');
  if (!m) return null;
  const from = 12 * Number(m[1]) + (m[2] ? 3 * (Number(m[2]) - 1) : m[3] ? Number(m[3]) - 1 : 0);
  return {from, to: from + (m[2] ? 3 : m[3] ? 1 : 12)};
}
/* "2023-04-17" as months with a fraction, for the axis of time. */
function dayNumber(v) {
  const m = /^(\d{4})-(\d{2})-(\d{2})/.exec(v || '');
  return m ? 12 * Number(m[1]) + Number(m[2]) - 1 + (Number(m[3]) - 1) / 31 : monthNumber(v);
}
const RELEASE = dayNumber('2022-11-30');

/* A passage is cut out at any word: shown from its first whole sentence on, where one begins before long. */
function fromSentence(text) {
  const t = String(text || '').trim();
  if (/^["\u201c\u2018'(]?[\p{Lu}\p{N}\p{Lo}]/u.test(t)) return t;
  const next = /[.!?\u2026]["\u201d\u2019')]?\s+(?=["\u201c\u2018'(]?\p{Lu})/u.exec(t.slice(0, 0.6 * t.length));
  return next ? t.slice(next.index + next[0].length) : t ? '\u2026' + t : '';
}

function note(kind, title, text) { return el('div', {class: kind, role: 'note'}, el('b', null, title), text); }
function lead(...kids) { return el('p', {class: 'lead'}, ...kids); }
function notMeasured(why) { return el('p', {class: 'soft missing'}, 'Not measured: ' + why); }
function section(id, title, ...kids) {
  return el('section', {id: id, 'aria-labelledby': id + '-title'}, el('h2', {id: id + '-title'}, title), ...kids);
}
function legend(...items) {
  return el('ul', {class: 'legend', 'aria-hidden': 'true'}, items.filter(Boolean).map(([kind, tone, text]) =>
    el('li', null, el('i', {class: (kind + ' ' + tone).trim()}), text)));
}
