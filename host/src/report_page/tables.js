// Tables: sortable, paged if long, scrolling inside their own container.

/**
 * columns: {title, group, numeric, value(row), cell(row)}; `value` sorts, `cell` shows, and a column without `value` is
 * not sortable. The first column names the row. options: {caption, pageSize, rowClass(row)}.
 */
function dataTable(columns, rows, options) {
  const table = { columns, rows, options, page: 0, sort: null };
  table.body = el('tbody');
  table.heads = columns.map((column, index) => headCell(table, column, index));
  table.pager = options.pageSize && rows.length > options.pageSize ? pager(table) : null;
  fillBody(table);
  return el('div', { class: 'table' }, scroller(options.caption,
    el('table', null, el('caption', null, options.caption), head(table), table.body)), table.pager?.node);
}

function head(table) {
  const { columns, heads } = table;
  if (!columns.some((column) => column.group)) return el('thead', null, el('tr', null, heads));
  const top = [];
  columns.forEach((column, index) => {
    if (!column.group) {
      heads[index].setAttribute('rowspan', '2');
      top.push(heads[index]);
    } else if (columns[index - 1]?.group !== column.group) {
      const span = columns.filter((other) => other.group === column.group).length;
      top.push(el('th', { class: 'group', scope: 'colgroup', colspan: span }, column.group));
    }
  });
  return el('thead', null, el('tr', null, top), el('tr', null, heads.filter((_, index) => columns[index].group)));
}

function headCell(table, column, index) {
  const kind = column.numeric ? 'num' : null;
  if (!column.value || table.rows.length < 2) return el('th', { scope: 'col', class: kind }, column.title);
  return el('th', { scope: 'col', class: kind, 'aria-sort': 'none' },
    el('button', { type: 'button', class: 'sort', click: () => sortBy(table, index) }, column.title));
}

/** Numbers are first sorted from the largest, as that is what one looks for; names from the first. */
function sortBy(table, index) {
  const first = table.columns[index].numeric ? 'descending' : 'ascending';
  const other = first === 'descending' ? 'ascending' : 'descending';
  const direction = table.sort?.index === index && table.sort.direction === first ? other : first;
  table.sort = { index, direction };
  table.heads.forEach((cell, at) => cell.hasAttribute('aria-sort') && cell.setAttribute('aria-sort', at === index ? direction : 'none'));
  table.page = 0;
  fillBody(table);
}

function sorted({ rows, columns, sort }) {
  if (sort === null) return rows;
  const sign = sort.direction === 'ascending' ? 1 : -1;
  const { value } = columns[sort.index];
  return [...rows].sort((a, b) => compare(value(a), value(b), sign));
}

/** Missing values are last in both directions. */
function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (typeof a === 'string' ? a.localeCompare(b) : a - b);
}

function fillBody(table) {
  const { columns, options } = table;
  const from = options.pageSize ? table.page * options.pageSize : 0;
  const shown = sorted(table).slice(from, options.pageSize ? from + options.pageSize : undefined);
  table.body.replaceChildren(...shown.map((row) => el('tr', { class: options.rowClass?.(row) }, columns.map((column, index) =>
    el(index === 0 ? 'th' : 'td', { scope: index === 0 ? 'row' : null, class: column.numeric ? 'num' : null }, column.cell(row))))));
  table.pager?.show(from, shown.length);
}

function pager(table) {
  const last = Math.ceil(table.rows.length / table.options.pageSize) - 1;
  const turn = (by) => {
    table.page = Math.min(last, Math.max(0, table.page + by));
    fillBody(table);
  };
  const place = el('span', { role: 'status' });
  const back = el('button', { type: 'button', click: () => turn(-1) }, 'Previous rows');
  const on = el('button', { type: 'button', click: () => turn(1) }, 'Next rows');
  return {
    node: el('div', { class: 'pager' }, back, place, on),
    show(from, length) {
      place.textContent = `Rows ${fixed(from + 1)} to ${fixed(from + length)} of ${fixed(table.rows.length)}`;
      // Not the attribute `disabled`: the button would lose the focus at the last page.
      back.setAttribute('aria-disabled', String(table.page === 0));
      on.setAttribute('aria-disabled', String(table.page === last));
    },
  };
}

/** A container that scrolls sideways; the keyboard reaches it only where there is something to scroll. */
function scroller(label, child) {
  const box = el('div', { class: 'scroll' }, child);
  onWidth(box, () => {
    const overflows = box.scrollWidth > box.clientWidth;
    const set = (name, value) => (overflows ? box.setAttribute(name, value) : box.removeAttribute(name));
    set('tabindex', '0');
    set('role', 'region');
    set('aria-label', `${label} (scrolls sideways)`);
  });
  return box;
}

/**
 * A table with a bar per row, which is chart and text alternative in one.
 * rows: {name, value, fill}; columns: `name` of the rows, and columns as those of `dataTable` before and after the bar.
 * Few stand before it, so that it stays in sight in a narrow window.
 */
function barTable(caption, rows, columns) {
  const largest = Math.max(...rows.map((row) => row.value ?? 0));
  const bar = (row) => row.value > 0 && svg('svg', { class: 'bar', width: '100%', height: 14, 'aria-hidden': 'true' },
    svg('rect', { class: row.fill ?? 'fill-plain', y: 0.5, height: 13, width: `${((100 * row.value) / largest).toFixed(3)}%` }));
  return el('div', { class: 'bars' }, dataTable([
    { title: columns.name, cell: (row) => row.name },
    ...columns.before,
    { title: el('span', { class: 'hidden' }, 'Bar'), cell: (row) => el('div', { class: 'bar-room' }, bar(row)) },
    ...(columns.after ?? []),
  ], rows, { caption }));
}
