/* The host graph: sites that share passages, laid out by forces (Fruchterman and Reingold 1991) from a fixed
 * start, so that the same data give the same picture. At most GRAPH_HOSTS sites, those with most passages; fewer
 * on a narrow screen. */

const GRAPH_HOSTS = 60, GRAPH_NARROW = 24;

function hostPairs(rows, most) {
  const hosts = new Map(), pairs = new Map();
  for (const row of rows) {
    const sites = list(row.domain_names);
    sites.forEach((name, i) => {
      const h = hosts.get(name) || {name, passages: 0, first: 0, machine: 0};
      h.passages++;
      h.first += i === 0;
      h.machine += isNum(row.machine) ? row.machine : 0;
      hosts.set(name, h);
    });
    /* From the first site to each other: who was first is what an echo says. */
    for (const other of sites.slice(1)) {
      const key = JSON.stringify([sites[0], other]);
      const p = pairs.get(key) || {from: sites[0], to: other, passages: 0};
      p.passages++;
      pairs.set(key, p);
    }
  }
  const byWeight = (a, b) => b.passages - a.passages || (a.name || a.from + ' ' + a.to < (b.name || b.from + ' ' + b.to) ? -1 : 1);
  const kept = Array.from(hosts.values()).sort(byWeight).slice(0, most);
  const names = new Map(kept.map((h, i) => [h.name, i]));
  return {
    total: hosts.size, hosts: kept,
    pairs: Array.from(pairs.values()).filter(p => names.has(p.from) && names.has(p.to)).sort(byWeight)
      .map(p => Object.assign({a: names.get(p.from), b: names.get(p.to)}, p))
  };
}

function layOut(hosts, pairs, width, height) {
  const n = hosts.length, k = 0.78 * Math.sqrt(width * height / Math.max(1, n)), golden = Math.PI * (3 - Math.sqrt(5)), side = Math.min(70, width / 10);
  const at = hosts.map((h, i) => { /* a sunflower: even, and no two in one place */
    const r = 0.45 * Math.min(width, height) * Math.sqrt((i + 0.5) / n);
    return {x: width / 2 + 1.4 * r * Math.cos(i * golden), y: height / 2 + r * Math.sin(i * golden)};
  });
  for (let step = 0, heat = width / 10; step < 350; step++, heat *= 0.985) {
    const move = at.map(p => ({x: (width / 2 - p.x) * 0.035, y: (height / 2 - p.y) * 0.06}));
    for (let i = 0; i < n; i++)
      for (let j = i + 1; j < n; j++) {
        const dx = at[i].x - at[j].x, dy = at[i].y - at[j].y, d2 = Math.max(1, dx * dx + dy * dy);
        if (d2 > 6 * k * k) continue; /* else groups without a line between them end at the walls */
        const f = k * k / d2;
        move[i].x += dx * f; move[i].y += dy * f;
        move[j].x -= dx * f; move[j].y -= dy * f;
      }
    for (const p of pairs) {
      const a = at[p.a], b = at[p.b], dx = a.x - b.x, dy = a.y - b.y, d = Math.sqrt(dx * dx + dy * dy);
      const f = d / k * Math.min(1.5, 0.35 + 0.15 * p.passages);
      move[p.a].x -= dx * f; move[p.a].y -= dy * f;
      move[p.b].x += dx * f; move[p.b].y += dy * f;
    }
    at.forEach((p, i) => {
      const d = Math.max(1e-6, Math.hypot(move[i].x, move[i].y)), s = Math.min(d, heat) / d;
      p.x = Math.min(width - side, Math.max(side, p.x + move[i].x * s));
      p.y = Math.min(height - 24, Math.max(20, p.y + move[i].y * s));
    });
  }
  return at;
}

/* Where a name can be written without meeting a circle, another name or the edge: below, above, right, left. */
function namePlaces(at, radius, width, height) {
  const taken = at.map((p, i) => [p.x - radius[i] - 1, p.y - radius[i] - 1, p.x + radius[i] + 1, p.y + radius[i] + 1]);
  return (i, letters) => {
    const w = 6.9 * letters + 4, h = 14, r = radius[i], p = at[i];
    const tries = [[p.x, p.y + r + 9, 'middle'], [p.x, p.y - r - 8, 'middle'], [p.x + r + 5 + w / 2, p.y, 'start'], [p.x - r - 5 - w / 2, p.y, 'end']];
    for (const [x, y, anchor] of tries) {
      const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
      if (box[0] < 0 || box[2] > width || box[1] < 0 || box[3] > height || taken.some(b => b[0] < box[2] && box[0] < b[2] && b[1] < box[3] && box[1] < b[3])) continue;
      taken.push(box);
      return {x: anchor === 'middle' ? x : anchor === 'start' ? x - w / 2 + 2 : x + w / 2 - 2, y: y + 4, anchor};
    }
    return null;
  };
}

function drawGraph(graph, narrow) {
  const width = narrow ? 400 : 1000, height = graph.hosts.length > 24 ? 600 : graph.hosts.length > 8 ? 420 : 260, at = layOut(graph.hosts, graph.pairs, width, height);
  const most = Math.max(...graph.hosts.map(h => h.passages)), heavy = Math.max(...graph.pairs.map(p => p.passages));
  const top = Math.max(0, Math.min(...at.map(p => p.y)) - 34), bottom = Math.min(height, Math.max(...at.map(p => p.y)) + 34);
  const root = svg('svg', {viewBox: '0 ' + top.toFixed(0) + ' ' + width + ' ' + (bottom - top).toFixed(0), role: 'group', 'aria-label':
    graph.hosts.length + ' sites that share passages; the table below lists the pairs'});
  const lines = graph.pairs.map(p => svg('line', {x1: at[p.a].x.toFixed(1), y1: at[p.a].y.toFixed(1), x2: at[p.b].x.toFixed(1),
    y2: at[p.b].y.toFixed(1), 'stroke-width': (0.8 + 4 * p.passages / heavy).toFixed(2)}));
  const radius = graph.hosts.map(h => (narrow ? 3 : 4) + (narrow ? 9 : 13) * Math.sqrt(h.passages / most)), place = namePlaces(at, radius, width, height);
  /* The largest sites' names first; where there is no room a name shows when its site is pointed at. */
  const nodes = graph.hosts.map((h, i) => {
    const r = radius[i], machine = h.machine / h.passages >= 0.5;
    const text = h.name + ': ' + plural(h.passages, 'shared passage', 'shared passages') + ', first with ' + count(h.first);
    const name = cut(h.name, narrow ? 20 : 26), free = place(i, name.length), spot = free || {x: at[i].x, y: at[i].y + r + 13, anchor: 'middle'};
    return svg('g', {class: free ? 'node' : 'node quiet', tabindex: '0', role: 'img', 'aria-label': text}, svg('title', null, text),
      svg('circle', {cx: at[i].x.toFixed(1), cy: at[i].y.toFixed(1), r: r.toFixed(1), class: machine ? 'machine' : 'human'}),
      svg('text', {x: spot.x.toFixed(1), y: spot.y.toFixed(1), 'text-anchor': spot.anchor}, name));
  });
  const box = el('div', {class: 'graph'}, root);
  function light(i) {
    box.classList.toggle('some', i >= 0);
    const on = new Set([i]);
    graph.pairs.forEach((p, at) => {
      const mine = p.a === i || p.b === i;
      lines[at].classList.toggle('on', mine);
      if (mine) { on.add(p.a); on.add(p.b); }
    });
    nodes.forEach((node, at) => node.classList.toggle('on', i >= 0 && on.has(at)));
  }
  nodes.forEach((node, i) => {
    for (const event of ['mouseenter', 'focus']) node.addEventListener(event, () => light(i));
    for (const event of ['mouseleave', 'blur']) node.addEventListener(event, () => light(-1));
  });
  lines.forEach(line => root.append(line));
  nodes.forEach(node => root.append(node));
  return box;
}
