// Draws the report from the JSON beside it. Numbers come from there alone; nothing is fetched, nothing
// is written into the page as markup. Charts need window.echarts, everything else works without it.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const root = document.getElementById('report');

  // --- small tools --------------------------------------------------------------------------------
  const h = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === 'onclick' || name === 'onchange') element[name] = value;
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined) continue;
      element.append(child instanceof Node ? child : String(child));
    }
    return element;
  };
  const grouped = (n) => Math.round(n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const number = (n) => {
    if (n === undefined || n === null) return '–';
    if (Number.isInteger(n) || Math.abs(n) >= 1000) return grouped(n);
    return Math.abs(n) < 1 ? String(Number(n.toPrecision(3))) : n.toFixed(1);
  };
  // Three significant digits, as everywhere: what was compared must not be rounded away.
  const ratio = (n) => (n === undefined ? '–' : (Math.abs(n) < 10 ? String(Number(n.toPrecision(3))) : n.toFixed(1)) + '×');
  const percent = (n) => (n === undefined ? '–' : n > 0 && n < 0.0005 ? '<0.1 %' : (n * 100).toFixed(1) + ' %');
  const plural = (n, word) => `${grouped(n)} ${word}${n === 1 ? '' : 's'}`;
  // A number by the unit of its metric, as the terminal shows it.
  const byUnit = (n, unit) => (n === undefined ? '–' : unit === 'ratio' ? ratio(n).slice(0, -1) : number(n));
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // --- points: what left no results, or failed, is told and drawn nowhere ----------------------------
  const alive = data.points.filter((p) => !p.missing);
  const usable = (p) => (p && !p.missing && (p.trouble === '' || p.trouble === 'limit') ? p : null);

  // --- colours: who, and inside the monitor which bucket ------------------------------------------
  // Neighbours in a bar differ in hue or strongly in lightness; green, blue and grey belong to the others.
  const monitorShades = ['#8a5a2b', '#e0820f', '#f7c948', '#d6336c', '#f59fbf', '#7b3fb5', '#c9a6ec', '#a3261c', '#e8604c', '#5c4033', '#f2a65a', '#b5179e', '#8c6d1f', '#ffd9a0', '#5b2245', '#ff7f6e', '#6b3e75', '#d9b44a', '#a8577e', '#7d5a4f'];
  const buckets = data.bucket_order.filter((b) => alive.some((p) => p.buckets[b] || p.classes.some((c) => c.buckets[b])));
  const slices = ['user', 'kernel', ...buckets.map((b) => 'monitor: ' + b), 'idle'];
  const colorOf = (slice) => (slice.startsWith('monitor: ') ? monitorShades[buckets.indexOf(slice.slice(9)) % monitorShades.length] : css('--' + slice));
  const virtualised = alive.some((p) => p.virtualised);
  const kernelName = !virtualised ? 'kernel' : alive.every((p) => p.virtualised) ? 'guest kernel' : '(guest) kernel';
  const nameOf = (slice, point) => (slice === 'user' ? 'user program' : slice !== 'kernel' ? slice : !point ? kernelName : point.virtualised ? 'guest kernel' : 'kernel');
  // Cycles of something with {who, buckets} as slices.
  const sliced = (cost) => slices.map((slice) => (slice.startsWith('monitor: ') ? cost.buckets[slice.slice(9)] || 0 : cost.who[slice] || 0));

  // --- rows: points that differ in the compared dimension alone -------------------------------------
  const columns = data.columns;
  const rows = data.rows.map((row) => ({ key: row.name, all: row.points.map((i) => (i === null ? null : data.points[i])), points: row.points.map((i) => (i === null ? null : usable(data.points[i]))) })).filter((row) => row.points.some(Boolean));
  const columnName = (i) => (data.compare ? `${data.compare}=${columns[i]}` : 'value');
  const labelOf = (point, name) => { const found = point.labels.find(([n]) => n === name); return found ? found[1] : undefined; };
  // -1: what everything else would be compared with was left out.
  const baseline = data.compare ? columns.indexOf(data.baseline) : 0;
  const baselineName = baseline < 0 ? '' : columnName(baseline);
  const title = (name) => data.titles[name][0];
  const classOf = (point, name) => (point ? point.classes.find((c) => c.name === name) : undefined);
  const metric = (point, name) => (point ? point.metrics[name] : undefined);

  // --- tables ---------------------------------------------------------------------------------------
  const copyCsv = (table) =>
      h('button', {
        onclick: (event) => {
          const quote = (cell) =>
              (/[",\r\n]|^ | $/.test(cell) ? '"' + cell.replace(/"/g, '""') + '"' : cell);
          const plain = (cell) =>
              (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(cell) ? cell.replace(/,/g, '') : cell);
          const spread =
              (row) => [...row.cells].flatMap((cell) => Array(cell.colSpan).fill(cell.textContent));
          const heads = [...table.tHead.rows].map(spread);
          const head = heads[heads.length - 1].map(
              (_, i) => heads.map((row) => row[i]).filter(Boolean).join(' '));
          const text = [head, ...[...table.tBodies[0].rows].map(spread)]
                           .map((row) => row.map((cell) => quote(plain(cell))).join(','))
                           .join('\n');
          navigator.clipboard.writeText(text).then(
              () => {
                event.target.textContent = 'copied';
              },
              () => {
                event.target.textContent = 'not allowed here';
              });
        },
      },
        'copy as CSV');
  const table = (head, body, textColumns = 1, options = {}) => {
    const isText = (i) => i < textColumns || (options.texts && options.texts.includes(i));
    const cell = (tag, content, i) => h(tag, { class: (isText(i) ? 'text' : '') + (options.wrap && options.wrap.includes(i) ? ' wrap' : '') + (content instanceof Element && content.className === 'bar' ? ' barcell' : '') }, content);
    const element = h('table', {}, h('thead', {}, h('tr', {}, head.map((c, i) => cell('th', c, i)))),
      h('tbody', {}, body.map((line) => h('tr', {}, line.map((c, i) => cell('td', c, i))))));
    return h('div', {}, h('div', { class: 'scroll' }, element), options.plain ? null : copyCsv(element));
  };
  const sections = [];
  const section = (id, title, ...content) => {
    sections.push([id, title]);
    return h('section', { id }, h('h2', {}, title), content);
  };
  const legend = (names) => h('div', { class: 'legend' }, names.map((slice) => h('span', {}, h('span', { class: 'swatch', style: 'background:' + colorOf(slice) }), nameOf(slice))));

  // --- charts ---------------------------------------------------------------------------------------
  const drawn = [];
  const chart = (height, options) => {
    if (!window.echarts) return null;
    const box = h('div', { class: 'chart', style: `height:${height}px` });
    drawn.push([box, options, null]);
    return box;
  };
  const drawCharts = () => {
    for (const entry of drawn) {
      if (entry[2]) entry[2].dispose();
      entry[2] = window.echarts.init(entry[0], null, { renderer: 'svg' });
      entry[2].setOption(entry[1]());
    }
  };
  const axis = () => ({ axisLabel: { color: css('--text'), hideOverlap: true }, axisLine: { lineStyle: { color: css('--line') } }, splitLine: { lineStyle: { color: css('--line') } }, nameTextStyle: { color: css('--soft') } });
  const tooltip = () => ({ backgroundColor: css('--panel'), borderColor: css('--line'), textStyle: { color: css('--text'), fontSize: 12 } });
  const plainBar = (values) => {
    const sum = values.reduce((a, b) => a + b, 0);
    return h('div', { class: 'bar' }, values.map((v, i) => (v > 0 ? h('span', { style: `width:${(v / sum) * 100}%;background:${colorOf(slices[i])}`, title: `${nameOf(slices[i])}: ${percent(v / sum)}` }) : null)));
  };

  // --- 1. headline ----------------------------------------------------------------------------------
  const identities = alive.flatMap((p) => p.identities.map((i) => [p, i]));
  const red = identities.filter(([, i]) => !i[4]);
  const failed = data.expectations.filter((e) => !e.holds);
  const m = data.manifest;
  const fidelity = [...new Set(alive.map((p) => p.fidelity))].join(', ');
  const unusual = data.points.filter((p) => p.missing || p.trouble !== '' || p.status !== 'complete' || p.guest_exit !== 0);
  const programs = [...new Set(data.points.map((p) => p.program).filter(Boolean))];
  const headline = h('header', {},
    h('div', { class: 'kicker' }, `disco run ${data.title}${programs.length === 1 ? ' · program ' + programs[0] : ''} · ${m.started}`),
    h('h1', {}, data.question || data.title),
    h('p', { class: 'answer' }, data.answer),
    h('div', { class: 'chips' },
      h('span', { class: 'chip ' + (m.status === 'complete' ? 'good' : 'bad') }, m.status === 'complete' ? `complete: ${plural(data.points.length, 'point')}` : 'run ' + m.status),
      h('span', { class: 'chip ' + (red.length ? 'bad' : 'good') }, red.length ? `${red.length} of ${plural(identities.length, 'identity').replace('identitys', 'identities')} RED` : `${grouped(identities.length)} identities hold`),
      data.expectations.length ? h('span', { class: 'chip ' + (failed.length ? 'bad' : 'good') }, failed.length ? `${failed.length} of ${plural(data.expectations.length, 'expectation')} failed or not measured` : `${plural(data.expectations.length, 'expectation')} met`) : null,
      unusual.length ? h('span', { class: 'chip bad' }, `${plural(unusual.length, 'point')} failed, did not end or left no results`) : null,
      String(m.build.commit).includes('dirty') ? h('span', { class: 'chip warn' }, 'built from modified sources') : null,
      h('span', { class: 'chip' }, 'fidelity: ' + fidelity),
      h('span', { class: 'chip mono' }, 'configuration ' + String(m.config_hash).slice(0, 12))),
    data.warnings.length ? h('ul', { class: 'warnings' }, data.warnings.map((w) => h('li', {}, w))) : null,
    data.notes.map((note) => h('p', { class: 'soft small' }, 'Note: ' + note)));

  // --- 1b. what is compared -------------------------------------------------------------------------
  const answerSection = data.titles[data.headline] && rows.some((r) => r.points.some((p) => metric(p, data.headline) !== undefined)) ? section('answer', title(data.headline),
    table(['workload', ...columns.flatMap((_, i) => (i === baseline || baseline < 0 || columns.length < 2 || data.headline === 'slowdown' ? [columnName(i)] : [columnName(i), 'vs ' + baselineName]))],
      rows.map((row) => [row.key, ...row.points.flatMap((p, i) => {
        const own = metric(p, data.headline), base = baseline < 0 ? undefined : metric(row.points[baseline], data.headline);
        const shown = p || !row.all[i] ? byUnit(own, data.titles[data.headline][1]) : row.all[i].trouble;
        return i === baseline || baseline < 0 || columns.length < 2 || data.headline === 'slowdown' ? [shown] : [shown, own !== undefined && base ? ratio(own / base) : '–'];
      })]))) : null;
  const differsSection = data.differs.length ? section('differs', 'What differs',
    h('p', {}, 'Between the systems that stand side by side, besides what was measured: what their kernels find themselves on, and the keys of their configurations.'),
    table(['', ...columns.map((_, i) => columnName(i))], data.differs.map((one) => [one.what, ...one.texts]), columns.length + 1)) : null;

  // --- 2. the cost of a miss ------------------------------------------------------------------------
  const missRows = rows.filter((r) => r.points.some((p) => metric(p, 'miss.count')));
  const costTable = () => {
    const head = h('thead', {},
      h('tr', {}, h('th', { class: 'text' }, ''), columns.map((_, i) => h('th', { class: 'group', colspan: i === baseline || baseline < 0 ? 3 : 4 }, columnName(i)))),
      h('tr', {}, h('th', { class: 'text' }, 'workload'), columns.map((_, i) => [h('th', { class: 'first', title: title('miss.count') }, 'user TLB misses'), h('th', { title: title('miss.mean') }, 'mean'), i === baseline || baseline < 0 ? null : h('th', {}, 'vs ' + baselineName), h('th', { title: title('miss.p99') }, 'p99')])));
    const body = h('tbody', {}, missRows.map((row) => h('tr', {}, h('td', { class: 'text' }, row.key), row.points.map((p, i) => {
      const mean = metric(p, 'miss.mean'), base = baseline < 0 ? undefined : metric(row.points[baseline], 'miss.mean');
      return [h('td', { class: 'first' }, number(metric(p, 'miss.count'))), h('td', {}, number(mean)), i === baseline || baseline < 0 ? null : h('td', {}, mean && base ? ratio(mean / base) : '–'), h('td', {}, number(metric(p, 'miss.p99')))];
    }))));
    const element = h('table', {}, head, body);
    return h('div', {}, h('div', { class: 'scroll' }, element), copyCsv(element));
  };
  const perMiss = (point) => {
    const c = classOf(point, 'user-refill');
    return c ? sliced(c).map((v) => v / c.count) : null;
  };
  // Rows with few misses say little about their cost: the chart shows those that have a hundred everywhere.
  const chartRows = missRows.filter((r) => r.points.filter(Boolean).every((p) => (metric(p, 'miss.count') || 0) >= 100));
  const shownRows = chartRows.length ? chartRows : missRows.slice(0, 8);
  const stackOptions = (rowsShown, values, unit, log) => () => {
    const lines = rowsShown.flatMap((row) => row.points.map((p, i) => ({ name: `${row.key} · ${columnName(i)}`, values: p ? values(p) : null }))).filter((l) => l.values).reverse();
    const used = slices.map((_, i) => lines.some((l) => l.values[i] > 0));
    return {
      animation: false,
      grid: { left: 8, right: 24, top: 8, bottom: 24, containLabel: true },
      tooltip: { ...tooltip(), trigger: 'axis', axisPointer: { type: 'shadow' }, valueFormatter: (v) => (unit === '%' ? v.toFixed(1) + ' %' : number(v)) },
      xAxis: { type: 'value', name: '', ...axis(), max: unit === '%' ? 100 : undefined, axisLabel: { color: css('--text'), hideOverlap: true, formatter: (v) => (unit === '%' ? v + ' %' : grouped(v)) } },
      yAxis: { type: 'category', data: lines.map((l) => l.name), ...axis(), axisTick: { show: false } },
      series: slices.map((slice, i) => (used[i] ? { name: nameOf(slice), type: 'bar', stack: 'all', barWidth: '72%', itemStyle: { color: colorOf(slice) }, data: lines.map((l) => l.values[i]) } : null)).filter(Boolean),
    };
  };
  const countLines = (rowsShown) => rowsShown.reduce((n, r) => n + r.points.filter(Boolean).length, 0);
  const barTable = (rowsShown, values, total) => table(['workload', data.compare || '', 'who spent the cycles', 'cycles'],
    rowsShown.flatMap((row) => row.points.map((p, i) => (p && values(p) ? [row.key, columnName(i), plainBar(values(p)), number(total(p))] : null)).filter(Boolean)), 2, { plain: true });
  const usedSlices = (points, values) => slices.filter((_, i) => points.some((p) => p && values(p) && values(p)[i] > 0));
  const costSection = missRows.length ? section('miss', 'The cost of a TLB miss',
    h('p', {}, 'Cycles from the entry of the refill exception to the retirement of the instruction that missed, for user programs’ misses that were answered with a valid translation and nothing else. Misses that became page faults, were interrupted or pre-empted are ', h('a', { href: '#classes' }, 'classes of their own'), ' and not averaged in.'),
    costTable(),
    h('h3', {}, 'Who spends the cycles of one miss'),
    h('p', { class: 'soft small' }, 'Mean cycles for each miss.' + (chartRows.length ? ' Workloads with at least 100 misses on every side.' : '')),
    legend(usedSlices(shownRows.flatMap((r) => r.points), perMiss)),
    chart(26 * countLines(shownRows) + 50, stackOptions(shownRows, perMiss, '')) ||
      barTable(shownRows, perMiss, (p) => metric(p, 'miss.mean'))) : null;

  // --- 3. where the time goes -----------------------------------------------------------------------
  const share = (p) => { const s = sliced(p); const sum = s.reduce((a, b) => a + b, 0); return sum ? s.map((v) => (v / sum) * 100) : null; };
  const timeSection = section('time', 'Where the time goes',
    h('p', {}, `The measured phase (${data.measure}) of every point, by who spent its cycles. Idle time is counted while the processor dozes; it is not what is left over.`),
    table(['workload', ...columns.map((_, i) => columnName(i) + ': cycles'), ...columns.map((_, i) => (i === baseline || baseline < 0 ? null : columnName(i) + ': slowdown')).filter(Boolean), ...(virtualised ? columns.map((_, i) => (alive.some((p) => p.virtualised && labelOf(p, data.compare) === columns[i]) || !data.compare ? columnName(i) + ': direct' : null)).filter(Boolean) : [])],
      rows.map((row) => [row.key, ...row.points.map((p) => number(metric(p, 'cycles'))), ...row.points.map((p, i) => (i === baseline || baseline < 0 ? null : ratio(metric(p, 'slowdown')))).filter((x) => x !== null),
        ...(virtualised ? row.points.map((p, i) => (alive.some((q) => q.virtualised && labelOf(q, data.compare) === columns[i]) || !data.compare ? percent(metric(p, 'direct')) : null)).filter((x) => x !== null) : [])])),
    virtualised ? h('p', { class: 'soft small' }, '“direct” is the share of the guest’s instructions that the processor executed itself; the others were emulated by the monitor.') : null,
    legend(usedSlices(rows.flatMap((r) => r.points), share)),
    chart(22 * countLines(rows) + 50, stackOptions(rows, share, '%')) || barTable(rows, share, (p) => metric(p, 'cycles')));

  // --- 4. distribution ------------------------------------------------------------------------------
  const distribution = (row) => () => ({
    animation: false,
    grid: { left: 8, right: 24, top: 40, bottom: 28, containLabel: true },
    legend: { top: 4, textStyle: { color: css('--text') } },
    tooltip: { ...tooltip(), trigger: 'axis', valueFormatter: (v) => (v === undefined ? '' : v.toFixed(1) + ' %') },
    xAxis: { type: 'log', name: 'cycles', ...axis(), nameLocation: 'middle', nameGap: 24, min: 10 },
    yAxis: { type: 'value', max: 100, ...axis(), axisLabel: { color: css('--text'), formatter: '{value} %' } },
    series: row.points.map((p, i) => {
      const c = classOf(p, 'user-refill');
      if (!c) return null;
      let seen = 0;
      const line = [[c.histogram[0][0], 0]];
      for (const [low, , count] of c.histogram) { seen += count; line.push([low, (seen / c.count) * 100]); }
      return { name: columnName(i), type: 'line', step: 'end', showSymbol: false, lineStyle: { width: 2 }, color: [css('--user'), css('--bad'), css('--accent'), css('--warn')][i % 4], data: line };
    }).filter(Boolean),
  });
  const rowPicker = (list, draw) => {
    if (!list.length) return h('p', {}, 'Nothing was measured.');
    const place = h('div', {});
    const show = (i) => { const before = drawn.length; place.replaceChildren(draw(list[i])); if (window.echarts && place.isConnected) { drawn.slice(before).forEach((e) => { e[2] = window.echarts.init(e[0], null, { renderer: 'svg' }); e[2].setOption(e[1]()); }); } };
    const best = list.reduce((b, r, i) => { const n = (row) => Math.min(...row.points.filter(Boolean).map((p) => metric(p, 'miss.count') || 0)); return n(r) > n(list[b]) ? i : b; }, 0);
    const select = h('select', { 'aria-label': 'workload', onchange: (event) => show(Number(event.target.value)) }, list.map((r, i) => h('option', { value: i, ...(i === best ? { selected: '' } : {}) }, r.key)));
    show(best);
    return h('div', {}, list.length > 1 ? h('div', { class: 'tools' }, 'workload ', select) : null, place);
  };
  const spreadSection = missRows.length ? section('spread', 'How miss costs are spread',
    window.echarts ? h('p', {}, 'Share of user refill misses that cost at most so many cycles.') : h('p', {}, 'Percentiles of the cost of user refill misses, in cycles.'),
    rowPicker(missRows, (row) => h('div', {}, chart(300, distribution(row)),
      table([data.compare || 'point', 'user TLB misses', 'least', 'p50', 'p95', 'p99', 'greatest', 'mean', 'exceptions each', 'by the guest’s handler', 'fetch', 'load', 'store'],
        row.points.map((p, i) => { const c = classOf(p, 'user-refill'); return c ? [columnName(i), number(c.count), number(c.least), number(c.p50), number(c.p95), number(c.p99), number(c.greatest), number(c.mean), (c.traps / c.count).toFixed(1), percent(c.reflected / c.count), number(c.by_kind.fetch), number(c.by_kind.load), number(c.by_kind.store)] : null; }).filter(Boolean))))) : null;

  // --- 5. flows -------------------------------------------------------------------------------------
  // One line for an instruction: what it cost, where it is, what it is. Functions are headings between them.
  const short = (text) => text.replace(/0xffffffff(?=[0-9a-f]{8})/g, '…');
  const steps = (visit) => {
    let inside = '';
    const heading = (name) => h('tr', {}, h('td', { class: 'symbol', colspan: 3 }, name + ':'));
    const line = (step) => h('tr', {}, h('td', { class: 'count' }, step.event === 'tlb' ? '' : step.cycles), h('td', { class: 'soft' }, short(step.pc)),
      h('td', {}, step.event === 'exception' ? '(exception entry)' : step.event === 'tlb' ? h('span', { class: 'soft' }, short(step.text)) : short(step.text)));
    return h('table', { class: 'steps' }, h('tbody', {}, visit.parts.flatMap((part) => [
      h('tr', {}, h('td', { class: 'part', colspan: 3 }, `${part.what}: ${plural(part.cycles, 'cycle')}`)),
      ...(part.steps || []).flatMap((step) => {
        const name = step.symbol.replace(/\+0x[0-9a-f]+$/, '');
        const is_new = !step.event && name !== '' && name !== inside;
        if (is_new) inside = name;
        return is_new ? [heading(name), line(step)] : [line(step)];
      })])));
  };
  const visitBox = (visit, point) => h('div', { class: 'visit ' + visit.who },
    h('div', { class: 'top' }, h('span', { class: 'who' }, nameOf(visit.who, point)), h('span', {}, plural(visit.cycles, 'cycle'))),
    h('div', { class: 'why' }, visit.cause ? [visit.cause, visit.at ? [' at ', h('span', { class: 'mono' }, visit.at)] : null, visit.text ? [': ', h('span', { class: 'mono' }, visit.text)] : null] : visit.who === 'user' ? 'the instruction completes' : `goes on (${plural(visit.instructions, 'instruction')})`),
    visit.parts.length > 1 ? h('div', { class: 'parts' }, visit.parts.map((p) => `${p.what} ${p.cycles}`).join(' · ')) : null,
    visit.to ? h('div', { class: 'to' }, '→ ' + visit.to) : null,
    visit.parts.some((p) => p.steps) ? h('details', {}, h('summary', {}, plural(visit.instructions, 'instruction')), h('div', { class: 'scroll' }, steps(visit))) : null);
  const flowBox = (title, flow, point) => h('div', { class: 'flow' }, h('h4', {}, h('span', {}, title), h('span', {}, plural(flow.cycles, 'cycle'))), flow.visits.map((visit) => visitBox(visit, point)));
  const flowSection = (id, title, name, text) => {
    const list = rows.filter((r) => r.points.some((p) => p && p.flows[name]));
    if (!list.length) return null;
    const detailed = (r) => r.points.some((p) => p && p.flows[name] && p.flows[name].visits.some((v) => v.parts.some((q) => q.steps)));
    const typical = (r) => r.points.some((p) => p && data.typical[name].includes(data.points.indexOf(p)));
    const ordered = [...list].sort((a, b) => Number(typical(b)) - Number(typical(a)));
    const place = h('div', {});
    const show = (row) => place.replaceChildren(
      detailed(row) ? '' : h('p', { class: 'soft small' }, 'Single instructions are embedded for the first workload of the list; ', h('code', {}, `disco explain ${name} --steps --where DIMENSION=VALUE`), ' prints them for any.'),
      h('div', { class: 'flows' }, row.points.map((p, i) => (p && p.flows[name] ? flowBox(columnName(i), p.flows[name], p) : null))));
    show(ordered[0]);
    return section(id, title, h('p', {}, text),
      ordered.length > 1 ? h('div', { class: 'tools' }, 'workload ', h('select', { 'aria-label': 'workload', onchange: (e) => show(ordered[Number(e.target.value)]) }, ordered.map((r, i) => h('option', { value: i }, r.key)))) : null,
      place);
  };
  const missFlow = flowSection('flow-miss', 'The flow of one miss', 'miss', 'The captured user refill miss whose cost is nearest to the median of its point, as the machine executed it. Each box is the processor’s stay with one party: what brought it there, how the cycles were spent, where it went next. Open a box for its single instructions: cycles, program counter, instruction; … stands for 0xffffffff.');
  const callFlow = flowSection('flow-syscall', 'The flow of one system call', 'syscall', 'The captured system call whose cost is nearest to the median, from exception entry to the return to the instruction behind it.');

  // --- 6. classes -----------------------------------------------------------------------------------
  const classSection = section('classes', 'Every kind of episode',
    h('p', {}, 'An episode runs from exception entry to the retirement of the instruction that caused it, in the same context. Misses inside belong to the outer one: they are listed below it, their cycles are part of its own; what interrupts and other processes spend in between is not counted.'),
    rowPicker(rows, (row) => table(['class', data.compare || 'point', 'count', 'fetch', 'load', 'store', 'from user', 'from kernel', 'mean', 'p50', 'p95', 'p99', 'share of cycles'],
      data.classes.rows.flatMap(([name, title, meaning]) => row.points.flatMap((p, i) => {
        const c = classOf(p, name);
        if (!c) return [];
        const kinds = name.startsWith('syscall') ? ['', '', ''] : ['fetch', 'load', 'store'].map((k) => number(c.by_kind[k]));
        const own = [h('span', { title: meaning }, title), columnName(i), number(c.count), ...kinds, number(c.by_mode.user), number(c.by_mode.supervisor + c.by_mode.kernel), number(c.mean), number(c.p50), number(c.p95), number(c.p99), percent(c.share)];
        const nested = [h('span', { class: 'soft' }, '└ misses nested in it'), columnName(i), number(c.nested), '', '', '', '', '', '', '', '', '', h('span', { class: 'soft' }, 'included')];
        return c.nested ? [own, nested] : [own];
      })), 2)),
    h('details', {}, h('summary', {}, 'definitions'), table(['class', 'definition'], data.classes.rows.map((r) => [r[1], r[2]]), 2, { plain: true, wrap: [1] })));

  // --- 7. inside the monitor ------------------------------------------------------------------------
  const monitorTable = (point, title) => {
    const operations = Object.entries(point.operations).map(([name, cells]) => [name, cells, Object.values(cells).reduce((a, b) => a + b, 0)]).sort((a, b) => b[2] - a[2]);
    const total = operations.reduce((a, o) => a + o[2], 0);
    if (!total) return null;
    const cells = (of) => slices.map((slice) => (slice.startsWith('monitor: ') ? of[slice.slice(9)] || 0 : 0));
    return h('div', {}, h('h3', {}, title), table(['what it was entered for', 'what it was doing', 'cycles', 'share'], operations.map(([name, of, sum]) => [name, plainBar(cells(of)), number(sum), percent(sum / total)]), 2));
  };
  const monitorSection = virtualised ? section('monitor', 'Inside the monitor',
    h('p', {}, 'The monitor’s cycles of the measured phase, by what it was entered for and by what it was doing, told by marked program counters that cost the monitor nothing.'),
    legend(slices.filter((slice) => slice.startsWith('monitor: '))),
    rowPicker(rows.filter((r) => r.points.some((p) => p && p.virtualised)), (row) => h('div', {}, row.points.map((p, i) => (p && p.virtualised ? monitorTable(p, columnName(i)) : null))))) : null;

  // --- 7b. memory -----------------------------------------------------------------------------------
  const places = [['secondary', 'secondary cache'], ['local', 'local memory'], ['remote', 'remote memory'], ['dirty', 'another cache'], ['uncached', 'uncached']];
  const waits = (of, cycles) => [...places.flatMap(([name]) => { const [n, stall] = of[name] || [0, 0]; return [number(n), n ? number(stall / n) : '–']; }), number((of.queued || [0, 0])[1]),
    percent(cycles ? places.reduce((sum, [name]) => sum + (of[name] || [0, 0])[1], 0) / cycles : undefined)];
  const waitsHead = (first) => [...first, ...places.flatMap(([, title]) => [title, 'wait']), 'queued', 'share of cycles'];
  const modeName = (mode, point) => (mode === 'kernel' && point.virtualised ? 'monitor' : mode === 'supervisor' ? 'guest kernel' : mode === 'user' ? 'user program' : mode);
  const cyclesOf = (point, mode) => point.counters['cpu.cycles.' + mode] || 0;
  const heatMap = (memory) => {
    const most = Math.max(1, ...memory.heat.flat());
    const cell = (n) => h('td', { style: n ? `background:color-mix(in srgb, var(--accent) ${Math.round(8 + 62 * Math.sqrt(n / most))}%, transparent)` : '' }, n ? number(n) : h('span', { class: 'soft' }, '0'));
    const element = h('table', {}, h('thead', {}, h('tr', {}, h('th', { class: 'text' }, 'from \\ home'), memory.heat.map((_, home) => h('th', {}, 'node ' + home)), h('th', {}, 'to itself'))),
      h('tbody', {}, memory.heat.map((line, from) => { const all = line.reduce((a, b) => a + b, 0); return h('tr', {}, h('td', { class: 'text' }, 'node ' + from), line.map(cell), h('td', {}, percent(all ? line[from] / all : undefined))); })));
    return h('div', {}, h('div', { class: 'scroll' }, element), copyCsv(element));
  };
  const hotPages = (memory) => table(['page', 'home', 'what is there', 'requests', 'reads', 'writes', 'from other nodes', 'by node: reads / writes'],
    memory.pages.map((page) => {
      const sum = (k, of) => of.reduce((a, n) => a + n[k], 0), others = page.nodes.filter(([node]) => node !== page.home);
      const by = [...page.nodes].sort((a, b) => b[1] + b[2] - a[1] - a[2]);
      return [h('span', { class: 'mono' }, page.page), page.home, page.owner || '–', number(page.requests), number(sum(1, page.nodes)), number(sum(2, page.nodes)), percent((sum(1, others) + sum(2, others)) / page.requests),
        by.slice(0, 8).map(([node, reads, writes]) => `${node}: ${grouped(reads)} / ${grouped(writes)}`).join(' · ') + (by.length > 8 ? ` · ${by.length - 8} more` : '')];
    }), 1, { texts: [2, 7], wrap: [7] });
  const memoryOf = (point, title) => h('div', {}, title ? h('h3', {}, title) : null,
    table(waitsHead(['mode']), Object.entries(point.memory.modes).map(([mode, of]) => [modeName(mode, point), ...waits(of, cyclesOf(point, mode))])),
    point.memory.heat.length > 1 ? [h('h4', {}, 'Requests that reached homes'), heatMap(point.memory)] : null,
    h('details', {}, h('summary', {}, 'by processor'), table(waitsHead(['processor', 'node']).slice(0, -1), point.memory.cpus.map((of, cpu) => [cpu, Math.floor(cpu / point.memory.cpus_per_node), ...waits(of, 0).slice(0, -1)]))),
    h('details', { open: '' }, h('summary', {}, 'hot pages'), h('p', { class: 'soft small' }, 'Pages whose lines were asked for most, by secondary misses and upgrades. All are in pages.csv.'), hotPages(point.memory)));
  const memoryRows = rows.filter((r) => r.points.some((p) => p && p.memory));
  const memorySection = memoryRows.length ? section('memory', 'What waited for memory',
    h('p', {}, 'References of the measured phase that a primary cache did not answer, by who did, with the mean wait in cycles (queueing included). “Another cache”: another node’s cache had to be asked. Requests are secondary misses and upgrades, counted at the home of their page.'),
    rowPicker(memoryRows, (row) => h('div', {}, row.points.map((p, i) => (p && p.memory ? memoryOf(p, row.points.length > 1 ? columnName(i) : '') : null))))) : null;

  // --- 7c. over time --------------------------------------------------------------------------------
  const partColor = { user: '--user', supervisor: '--kernel', kernel: '--kernel', idle: '--idle' };
  const partsOf = (point) => ['user', 'supervisor', 'kernel', 'idle'].map((mode) => ({ column: 'cycles.' + mode, name: mode === 'idle' ? 'idle' : modeName(mode, point), color: mode === 'kernel' && point.virtualised ? monitorShades[1] : css(partColor[mode]) }));
  const stallParts = [['l2.stall', 'secondary cache', '#8fb8de'], ['local.stall', 'local memory', '#4a7fb5'], ['remote.stall', 'remote memory', '#e0820f'], ['dirty.stall', 'another cache', '#a3261c'], ['uncached.stall', 'uncached', '#7b3fb5']];
  const overTime = (point, parts) => () => {
    const { columns: names, rows: lines } = point.samples;
    const clock = point.clock_hz, modes = ['user', 'supervisor', 'kernel', 'idle'].map((mode) => names.indexOf('cycles.' + mode) + 1).filter(Boolean);
    const share = (i, column) => {
      const at = names.indexOf(column) + 1, before = i ? lines[i - 1] : lines[0].map(() => 0);
      const all = modes.reduce((sum, k) => sum + lines[i][k] - before[k], 0);
      return at && all ? ((lines[i][at] - before[at]) / all) * 100 : 0;
    };
    return {
      animation: false,
      grid: { left: 8, right: 24, top: 34, bottom: 28, containLabel: true },
      legend: { top: 2, textStyle: { color: css('--text') } },
      tooltip: { ...tooltip(), trigger: 'axis', valueFormatter: (v) => v.toFixed(1) + ' %' },
      xAxis: { type: 'value', name: 'ms', ...axis(), nameLocation: 'middle', nameGap: 24, max: (lines[lines.length - 1][0] / clock) * 1000, axisLabel: { color: css('--text'), hideOverlap: true, showMaxLabel: false } },
      yAxis: { type: 'value', max: 100, ...axis(), axisLabel: { color: css('--text'), formatter: '{value} %' } },
      series: parts.filter((part) => names.includes(part.column)).map((part) => ({ name: part.name, type: 'line', stack: 'all', step: 'start', showSymbol: false, lineStyle: { width: 0 }, areaStyle: { opacity: 1 }, color: part.color, data: [[0, share(0, part.column)], ...lines.map((line, i) => [(line[0] / clock) * 1000, share(i, part.column)])] })),
    };
  };
  const sampledRows = rows.filter((r) => r.points.some((p) => p && p.samples && p.samples.rows.length > 1));
  const samplesSection = sampledRows.length && window.echarts ? section('samples', 'Over time',
    h('p', {}, 'The whole run, boot included: shares of the cycles of all processors between samples of the counters. Every sample is in samples.csv.'),
    rowPicker(sampledRows, (row) => h('div', {}, row.points.map((p, i) => (p && p.samples && p.samples.rows.length > 1 ? h('div', {},
      h('h3', {}, (row.points.length > 1 ? columnName(i) + ': ' : '') + 'Who ran'), chart(220, overTime(p, partsOf(p))),
      p.samples.columns.some((c) => c.endsWith('.stall')) ? [h('h3', {}, 'Waiting for memory'), chart(220, overTime(p, stallParts.map(([column, name, color]) => ({ column, name, color }))))] : null) : null))))) : null;

  // --- 7b. virtual machines -----------------------------------------------------------------------
  const vmRows = rows.filter((r) => r.points.some((p) => p && p.vms.length > 1));
  const showVms = window.virtualMachines({ h, table, number, percent, plural, css, barOf: (cost) => plainBar(sliced(cost)) });
  const vmSection = vmRows.length ? section('vms', 'Virtual machines',
    h('p', {}, 'Each virtual machine of a point: when it first ran and ended, how long the measured phase took it, how long of that it had a processor, and who spent that time, the monitor’s work for it included. Below, which virtual machine ran on which processor; timeline.trace.json in the run directory holds the same for Perfetto or chrome://tracing.'),
    legend(usedSlices(vmRows.flatMap((r) => r.points.filter(Boolean).flatMap((p) => p.vms.flatMap((vm) => vm.phases.filter((one) => one.began)))), sliced)),
    rowPicker(vmRows, (row) => h('div', {}, row.points.map((p, i) => (p && p.vms.length > 1 ? [h('h3', {}, `${row.key} · ${columnName(i)}`), showVms(p)] : null))))) : null;

  // --- 8. judgement ---------------------------------------------------------------------------------
  const spoke = rows.filter((row) => row.points.some((p) => p && p.console && p.console.end));
  const printedSection = spoke.length ? section('printed', 'What the programs printed',
    h('p', { class: 'soft small' }, 'The end of each console, the guest kernel’s words among them; console.log in the run directory holds it whole.'),
    rowPicker(spoke, (row) => h('div', {}, row.points.map((p, i) => (p && p.console && p.console.end ? [h('h3', {}, `${row.key} · ${columnName(i)}`),
      p.console.bytes > p.console.end.length ? h('p', { class: 'soft small' }, `the last of ${plural(p.console.bytes, 'byte')}`) : null, h('pre', {}, p.console.end)] : null))))) : null;
  const judgeSection = section('identities', 'Self-checks',
    h('p', {}, 'Sums that must be equal although different parties counted them: the processor’s own counters, the events that an observer saw, the episodes made of them, and the monitor’s counters in its own memory.'),
    red.length ? table(['point', 'phase', 'claim', 'left', 'right'], red.map(([p, i]) => [p.name, i[0], data.claims[i[1]], number(i[2]), number(i[3])]), 3, { wrap: [2] }) : h('p', { class: 'good' }, `All ${grouped(identities.length)} hold.`),
    h('details', {}, h('summary', {}, 'what is claimed'), table(['identity', 'claim', 'checked', 'red'], Object.entries(data.claims).map(([name, claim]) => { const of = identities.filter(([, i]) => i[1] === name); return [name, claim, of.length, of.filter(([, i]) => !i[4]).length]; }), 2, { plain: true, wrap: [1] })),
    data.expectations.length ? [h('h3', {}, 'Expectations of the experiment'), table(['', 'expectation', 'found', 'point'], data.expectations.map((e) => [h('span', { class: e.holds ? 'good' : 'bad' }, e.holds ? 'met' : e.measured ? 'FAILED' : 'NOT MEASURED'), e.that, e.found, e.where]), 4, { plain: true, wrap: [1] })] : null);

  // --- 9. method, reproduction ----------------------------------------------------------------------
  const leaves = {
    functional: 'Every instruction takes one cycle and exceptions are free: cycles are instruction counts. Not modelled: instruction latencies, exception costs, caches, memory.',
    tlb: 'Modelled: one cycle for each instruction plus the latencies of the instruction table, exception entry and ERET costs, the TLB. Not modelled: caches and memory stalls, so a handler’s loads cost as much when they would miss; multiple issue and speculation, which would overlap some of what is counted here.',
  };
  leaves.memory = 'Modelled besides what tlb models: primary and secondary caches, directories, local and remote memory with their latencies, queueing where it is switched on. Not modelled: multiple issue, prefetch and whatever else would overlap a wait with other work.';
  // The exact name, or the longest family ("cpu.cycles.*") that it belongs to.
  const meaningOf = (name) => {
    const fits = data.counters.rows.filter(([family]) => family === name || (family.endsWith('*') && name.startsWith(family.slice(0, -1))));
    const best = fits.reduce((a, b) => (a && a[0].length >= b[0].length ? a : b), null);
    return best ? [best[1], best[2]] : ['', ''];
  };
  const different = data.parameters.filter((p) => p[2] !== 'default');
  const methodSection = section('method', 'Method',
    h('p', {}, 'The machine is simulated, deterministic and observed from outside: counters, marks and captures change neither time nor state. A run has no noise; repeated runs differ only by their seeds (TLB replacement), and single runs carry no interval.'),
    [...new Set(alive.map((p) => p.fidelity))].map((f) => h('p', {}, h('strong', {}, `Fidelity ${f}. `), leaves[f] || '')),
    h('p', {}, 'Phases: ', Object.entries(data.phases).map(([name, p]) => `${name} from ${p.from ? 'mark ' + p.from : 'power-on'} to ${p.to ? 'mark ' + p.to : 'the end'}`).join('; '), '. Counters only grow; a phase is the difference of two readings. ', alive.some((p) => p.measured !== data.measure) ? h('strong', {}, 'Some points never reached the measured phase’s mark: for them the whole run is shown. ') : null, virtualised ? 'Under the monitor one of the TLB’s entries is wired for its own page, so guests have one entry less than native.' : ''),
    h('details', {}, h('summary', {}, 'counters'), h('p', { class: 'soft small' }, 'Of the measured phase; what is not listed is zero. Every phase’s are in counters.csv beside results.json.'),
      rowPicker(rows, (row) => table(['counter', ...row.points.map((_, i) => columnName(i)), 'unit', 'meaning'],
        [...new Set(row.points.flatMap((p) => (p ? Object.keys(p.counters) : [])))].map((name) => [name, ...row.points.map((p) => (p ? number(p.counters[name] || 0) : '–')), ...meaningOf(name)]), 1, { wrap: [row.points.length + 2], texts: [row.points.length + 1, row.points.length + 2] }))),
    h('details', {}, h('summary', {}, 'metrics'), table(data.metrics.columns, data.metrics.rows, 3, { plain: true, wrap: [2] })),
    h('details', {}, h('summary', {}, 'parameters'), h('p', { class: 'soft small' }, 'Values of the experiment before its sweep; a point’s own values are in its results.json.'), table(['key', 'value', 'origin', 'meaning'], data.parameters, 4, { plain: true, wrap: [3] })),
    h('details', {}, h('summary', {}, 'points'), table(['point', 'status', 'guest exit', 'instructions', 'host MIPS', 'state digest'], data.points.map((p) => p.missing ? [p.name, 'missing', '–', '–', '–', '–'] : [p.name, p.status, p.guest_exit, number(p.instructions), p.host.mips.toFixed(1), h('span', { class: 'mono' }, p.digest)]), 1)));
  const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'");
  const reproduceSection = section('reproduce', 'How to reproduce this',
    h('pre', {}, m.command.map(quoted).join(' ')),
    h('p', {}, 'or, with the configuration and input files that the run directory keeps: ', h('code', {}, 'sh RUN-DIRECTORY/reproduce.sh'), '. Equal configuration, inputs and program give equal digests, on any host.'),
    table(['', ''], [['run digest', h('span', { class: 'mono' }, m.digest)], ['configuration', h('span', { class: 'mono' }, m.config_hash)], ['program', `disco ${m.build.version}, commit ${m.build.commit}, ${m.build.compiler}, ${m.build.build_type} ${m.build.flags}`], ['seed', m.seed], ['host', `${m.host.cpu}, ${m.host.cores} cores, ${m.host.kernel}`], ['ended', `${m.ended}, ${m.wall_seconds.toFixed(1)} s, ${number(m.instructions)} instructions, ${m.mips.toFixed(1)} MIPS`],
      ...(different.length ? [['changed', different.map((p) => `${p[0]} = ${p[1]} (${p[2]})`).join(', ')]] : [])], 2, { plain: true, wrap: [1] }),
    h('h3', {}, 'Input files'),
    table(['role', 'file', 'SHA-256'], m.inputs.map((f) => [f.role, f.name, h('span', { class: 'mono' }, f.sha256)]), 3, { plain: true }));

  const navigation = h('nav', {}, sections.map(([id, title]) => h('a', { href: '#' + id }, title)));
  root.replaceChildren(...[headline, navigation, answerSection, differsSection, costSection, timeSection, spreadSection, missFlow, callFlow, classSection, monitorSection, memorySection, samplesSection, vmSection, printedSection, judgeSection, methodSection, reproduceSection].filter(Boolean));
  if (window.echarts) {
    drawCharts();
    const redraw = () => drawCharts();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
    addEventListener('resize', () => { for (const entry of drawn) if (entry[2] && entry[0].isConnected) entry[2].resize(); });
  }
})();
