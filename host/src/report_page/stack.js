// A bar made of parts, with its values in a table below.

/** parts: {name, value, fill}; null values count as nothing. */
function stackedBar(label, parts) {
  const total = parts.reduce((sum, part) => sum + (part.value ?? 0), 0);
  const box = el('div', { class: 'stack', role: 'img', 'aria-label': `${label}: ${stackText(parts, total)}` });
  onWidth(box, (width) => box.replaceChildren(picture(width, 34, { 'aria-hidden': 'true', focusable: 'false' }, stackMarks(parts, total, width))));
  return box;
}

function stackText(parts, total) {
  return parts.map((part) => `${part.name} ${total > 0 ? percent(part.value ?? 0, total) : 'none'}`).join(', ');
}

function stackMarks(parts, total, width) {
  let x = 0;
  return parts.filter((part) => part.value > 0).map((part) => {
    const size = (part.value / total) * width;
    const left = x;
    x += size;
    const words = `${part.name} ${percent(part.value, total)}`;
    return [
      svg('rect', { class: `segment ${part.fill}`, x: left.toFixed(2), y: 1, width: Math.max(1, size - 1.5).toFixed(2), height: 32 }),
      // The table has the labels that do not fit.
      size > 16 + 6.6 * words.length && svg('text', { class: `on-mark ${part.fill === 'fill-committed' ? 'on-solid' : 'on-pattern'}`, x: left + 8, y: 21.5 }, words),
    ];
  });
}

function stackTable(caption, unit, parts) {
  const total = parts.reduce((sum, part) => sum + (part.value ?? 0), 0);
  return dataTable([
    { title: 'Part', cell: (part) => [swatch(part.fill), part.name] },
    { title: unit, numeric: true, cell: (part) => known(part.value, fixed) },
    { title: 'Share', numeric: true, cell: (part) => (part.value === null || total === 0 ? missing('none') : percent(part.value, total)) },
    { title: 'Meaning', cell: (part) => part.meaning },
  ], parts, { caption });
}
