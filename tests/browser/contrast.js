/* The texts whose contrast with what is behind them is less than WCAG 2 asks for (4.5, large ones 3), one a line. */
(() => {
  const channels = c => { const m = /rgba?\(([^)]+)\)/.exec(c); if (!m) return null; const n = m[1].split(/[ ,/]+/).map(Number); return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1]; };
  const linear = v => v / 255 <= 0.04045 ? v / 255 / 12.92 : Math.pow((v / 255 + 0.055) / 1.055, 2.4);
  const light = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const behind = e => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c && c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
  const poor = new Map();
  for (const e of document.querySelectorAll('body *')) {
    const text = Array.from(e.childNodes).filter(n => n.nodeType === 3).map(n => n.data).join('').trim(), box = e.getBoundingClientRect();
    if (!text || !box.width || e.closest('script, style, noscript')) continue;
    const s = getComputedStyle(e), front = channels(e.namespaceURI.includes('svg') ? s.fill : s.color);
    if (!front) continue;
    const a = light(front), b = light(behind(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(s.fontSize);
    if (ratio < (size >= 24 || size >= 18.66 && +s.fontWeight >= 700 ? 3 : 4.5)) poor.set(e.tagName + '.' + (e.getAttribute('class') || ''), ratio.toFixed(2) + ' ' + text.slice(0, 30));
  }
  return Array.from(poor, p => p.join(': ')).join('\n');
})()
