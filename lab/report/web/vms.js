// The virtual machines of a point: a table of them, and which ran where and when, drawn so that it can
// be looked into. Takes its tools from page.js.
'use strict';
window.virtualMachines = ({ h, table, number, percent, plural, css, barOf }) => {
  const palette = ['#0b84a5', '#f6a01a', '#6f4e9b', '#9dd866', '#ca472f', '#3a9e8f', '#8d6f3d', '#d45d9c', '#5b7bd5', '#b5b13a', '#7a7f87', '#e07b53'];
  const colorOf = (vm) => (vm === -2 ? css('--soft') : palette[vm % palette.length]);
  const milliseconds = (seconds) => (seconds === null || seconds === undefined ? '–' : seconds * 1000 < 10 ? (seconds * 1000).toFixed(3) : (seconds * 1000).toFixed(1));

  // --- the table ------------------------------------------------------------------------------------
  const phaseOf = (vm, name) => vm.phases.find((p) => p.name === name && p.began) || vm.phases.find((p) => p.name === 'all');
  const said = (vm) => { const line = vm.console ? vm.console.last_line : ''; return line.length > 44 ? line.slice(0, 44) + '…' : line; };
  const vmTable = (point) => table(
    ['virtual machine', 'exit', 'first ran, ms', 'ended, ms', 'took, ms', 'had a CPU, ms', 'share', 'who spent it', 'user TLB misses', 'mean miss', 'memory, KB', 'stays', 'moves', 'last words'],
    point.vms.map((vm) => {
      const p = phaseOf(vm, point.measured);
      const seconds = (cycles) => cycles / point.clock_hz;
      const whole = vm.phases.find((one) => one.name === 'all');
      if (!p) return [vm.name, vm.exit ?? vm.state, milliseconds(vm.first_ran), milliseconds(vm.ended_at), '–', '–', '–', '', '–', '–', '–', '0', '0', said(vm)];
      return [vm.name, vm.exit ?? vm.state, milliseconds(vm.first_ran), milliseconds(vm.ended_at), milliseconds(seconds(p.cycles)) + (p.ended ? '' : ' (not ended)'), milliseconds(seconds(p.on_cpu)),
        percent(p.cycles ? p.on_cpu / p.cycles : 0), barOf(p), number(p.metrics['miss.count']), number(p.metrics['miss.mean']), number(whole.pages_given * 4), number(vm.entered), number(vm.moved), said(vm)];
    }), 1, { texts: [13] });

  // --- the timeline: canvas, so that thousands of stays cost nothing -----------------------------------
  const rowHeight = 16, gap = 4, axisHeight = 22, labelWidth = 58;
  const timeline = (point) => {
    const segments = point.timeline.segments;
    const end = segments.reduce((most, s) => Math.max(most, s[2]), 1);
    const rows = new Map();
    for (const s of segments) {
      if (!rows.has(s[0])) rows.set(s[0], []);
      rows.get(s[0]).push(s);
    }
    const cpus = [...rows.keys()].sort((a, b) => a - b);
    const height = cpus.length * (rowHeight + gap) + axisHeight;
    const canvas = h('canvas', { style: `width:100%;height:${height}px;touch-action:none`, tabindex: '0', role: 'img', 'aria-label': 'which virtual machine ran on which processor' });
    const told = h('div', { class: 'soft small mono' }, ' ');
    let view = [0, end];
    const nameOf = (vm) => (vm === -2 ? 'several, each briefly' : (point.vms[vm] || { name: 'vm ' + vm }).name);
    const time = (cycle) => milliseconds(cycle / point.clock_hz) + ' ms';
    // The first segment of a row that ends behind a time.
    const firstAfter = (row, cycle) => {
      let low = 0, high = row.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (row[middle][2] <= cycle) low = middle + 1; else high = middle;
      }
      return low;
    };
    const draw = () => {
      const width = canvas.clientWidth, scale = devicePixelRatio || 1;
      if (!width) return;
      canvas.width = width * scale;
      canvas.height = height * scale;
      const ink = canvas.getContext('2d');
      ink.scale(scale, scale);
      ink.font = '11px ' + css('--mono');
      const x = (cycle) => labelWidth + ((cycle - view[0]) / (view[1] - view[0])) * (width - labelWidth);
      cpus.forEach((cpu, i) => {
        const top = i * (rowHeight + gap), row = rows.get(cpu);
        ink.fillStyle = css('--text');
        ink.fillText('CPU ' + cpu, 0, top + 12);
        ink.fillStyle = css('--panel');
        ink.fillRect(labelWidth, top, width - labelWidth, rowHeight);
        for (let k = firstAfter(row, view[0]); k < row.length && row[k][1] < view[1]; ++k) {
          const left = Math.max(labelWidth, x(row[k][1])), right = Math.min(width, x(row[k][2]));
          ink.fillStyle = colorOf(row[k][3]);
          ink.fillRect(left, top, Math.max(0.5, right - left), rowHeight);
          const name = nameOf(row[k][3]);
          if (right - left < name.length * 7 + 6) continue;
          ink.fillStyle = '#ffffff';
          ink.fillText(name, left + 3, top + 12);
        }
      });
      ink.fillStyle = css('--soft');
      for (let tick = 0; tick <= 4; ++tick) {
        const text = time(view[0] + ((view[1] - view[0]) * tick) / 4);
        const at = labelWidth + ((width - labelWidth) * tick) / 4;
        ink.fillText(text, Math.max(labelWidth, Math.min(at - text.length * 3.3, width - text.length * 6.8)), height - 6);
      }
    };
    const cycleAt = (event) => {
      const box = canvas.getBoundingClientRect();
      return view[0] + Math.max(0, Math.min(1, (event.clientX - box.left - labelWidth) / (box.width - labelWidth))) * (view[1] - view[0]);
    };
    const show = (from, to) => {
      const width = Math.max(100, Math.min(end, to - from)), left = Math.max(0, Math.min(end - width, from));
      view = [left, left + width];
      draw();
    };
    const zoom = (factor, at) => show(at - (at - view[0]) * factor, at + (view[1] - at) * factor);
    canvas.addEventListener('wheel', (event) => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, cycleAt(event)); }, { passive: false });
    let held = null;
    canvas.addEventListener('pointerdown', (event) => { held = [event.clientX, view]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener('pointerup', () => { held = null; });
    canvas.addEventListener('pointermove', (event) => {
      const width = canvas.clientWidth - labelWidth;
      if (held) show(held[1][0] - ((event.clientX - held[0]) / width) * (held[1][1] - held[1][0]), held[1][1] - ((event.clientX - held[0]) / width) * (held[1][1] - held[1][0]));
      const row = rows.get(cpus[Math.floor((event.clientY - canvas.getBoundingClientRect().top) / (rowHeight + gap))]);
      const cycle = cycleAt(event), found = row ? row[firstAfter(row, cycle)] : undefined;
      told.textContent = !row ? ' ' : found && found[1] <= cycle ? `CPU ${found[0]}: ${nameOf(found[3])}, ${time(found[1])} to ${time(found[2])}` : `${time(cycle)}: nobody`;
    });
    canvas.addEventListener('keydown', (event) => {
      const middle = (view[0] + view[1]) / 2, step = (view[1] - view[0]) / 8;
      const does = { '+': () => zoom(0.5, middle), '-': () => zoom(2, middle), 'ArrowLeft': () => show(view[0] - step, view[1] - step), 'ArrowRight': () => show(view[0] + step, view[1] + step), '0': () => show(0, end) }[event.key];
      if (!does) return;
      event.preventDefault();
      does();
    });
    new ResizeObserver(draw).observe(canvas);
    return h('div', {}, h('div', { class: 'tools' },
      h('button', { onclick: () => zoom(0.5, (view[0] + view[1]) / 2) }, 'closer'), h('button', { onclick: () => zoom(2, (view[0] + view[1]) / 2) }, 'farther'), h('button', { onclick: () => show(0, end) }, 'all'),
      h('span', { class: 'soft small' }, 'wheel and drag; + - 0 and arrows with the keyboard')), canvas, told,
      point.timeline.left_out ? h('p', { class: 'soft small' }, `${plural(point.timeline.left_out, 'stay')} at the end had no room.`) : null);
  };

  return (point) => [vmTable(point), point.timeline && point.timeline.segments.length ? timeline(point) : null];
};
