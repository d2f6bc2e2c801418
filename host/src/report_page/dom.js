// Building of nodes. Text of a run only ever becomes text nodes and attributes, never markup.

const SVG = 'http://www.w3.org/2000/svg';

/** An element; attributes that are null or false are left out, functions become listeners. */
function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for elements of SVG. */
function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Calls `draw(width)` now and then whenever the width of a node changes. */
function onWidth(node, draw) {
  let last = 0;
  const look = () => {
    const width = Math.floor(node.clientWidth);
    if (width > 0 && width !== last) draw((last = width));
  };
  // Drawing changes heights, which inside the observer's own callback would be reported as a loop.
  new ResizeObserver(() => requestAnimationFrame(look)).observe(node);
}

/** A picture of given size that shrinks with its container, as on paper. */
function picture(width, height, attributes, ...children) {
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, ...attributes }, ...children);
}

/** A part of a run: heading, how to read it, content. */
function section(id, title, caption, ...children) {
  const heading = `${id}-title`;
  return el('section', { id, class: 'part', 'aria-labelledby': heading, tabindex: '-1' },
    el('h3', { id: heading }, title),
    caption && el('p', { class: 'caption' }, caption),
    ...children);
}

/** A list of terms and what they are. */
function terms(pairs, attributes) {
  return el('dl', attributes, pairs.map(([term, value]) => el('div', null, el('dt', null, term), el('dd', null, value))));
}

/** A sample of a fill beside its name; `name` is one of the classes `fill-…`. */
function swatch(name) {
  return svg('svg', { class: 'swatch', width: 22, height: 14, 'aria-hidden': 'true' },
    svg('rect', { class: name, x: 0.5, y: 0.5, width: 21, height: 13 }));
}

function legend(entries) {
  return el('ul', { class: 'legend' }, entries.map(([name, text]) => el('li', null, swatch(name), text)));
}
