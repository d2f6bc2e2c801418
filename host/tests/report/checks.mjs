// What a page shows, against the JSON inside it. What is expected is counted here again, without the page's own code.

const SECTIONS = ['timeline', 'conflicts', 'cycles', 'placement', 'scaling', 'revm', 'transactions'];

export async function checkStructure(page, run) {
  const found = await page.evaluate((ids) => ({
    missing: ids.filter((id) => !document.querySelector(`#${id} h3`)),
    landmarks: ['header', 'main', 'nav', 'footer'].filter((tag) => !document.querySelector(tag)),
    title: document.getElementById('run-title')?.textContent ?? '',
    lang: document.documentElement.lang,
    warning: document.querySelector('.notice')?.textContent ?? '',
    duplicates: [...document.querySelectorAll('[id]')].map((node) => node.id).filter((id, index, all) => all.indexOf(id) !== index),
    silent: [...document.querySelectorAll('#run-area svg')].filter((svg) => !svg.closest('[aria-label]') && svg.getAttribute('aria-hidden') !== 'true').length,
  }), SECTIONS);
  return [
    ...found.missing.map((id) => `section ${id} is missing`), ...found.landmarks.map((tag) => `no ${tag}`),
    ...found.duplicates.map((id) => `id ${id} twice`),
    !found.title.startsWith(run.name ?? 'run ') && `the title is "${found.title}"`,
    found.lang !== 'en' && 'no lang',
    !found.warning.includes('not measured on hardware') && 'no warning that the card is simulated',
    found.silent > 0 && `${found.silent} charts without a text alternative`,
  ].filter(Boolean);
}

/** Numbers that are none must never reach the reader. */
export async function checkText(page) {
  return page.evaluate(() => {
    const bad = /\b(NaN|undefined|Infinity|null|\[object)\b/;
    const visible = document.body.innerText.split('\n').filter((line) => bad.test(line)).map((line) => `text "${line.slice(0, 80)}"`);
    const attributes = [...document.querySelectorAll('body *')].flatMap((node) => [...node.attributes])
      .filter((attribute) => bad.test(attribute.value)).map((attribute) => `attribute ${attribute.name}="${attribute.value.slice(0, 80)}"`);
    return [...visible, ...attributes].slice(0, 5);
  });
}

/** How many marks of each kind the page has drawn; a mark of a path is a subpath. */
function drawnMarks() {
  const subpaths = (selector) => [...document.querySelectorAll(selector)].reduce((sum, path) => sum + path.getAttribute('d').split('M').length - 1, 0);
  const nodes = (selector) => document.querySelectorAll(selector).length;
  const outcomes = ['committed', 'aborted', 'preempted', 'escaped'];
  const rows = (caption) => {
    const table = [...document.querySelectorAll('#run-area table')].find((node) => node.caption?.textContent === caption);
    return table ? table.tBodies[0].rows.length : 0;
  };
  return {
    ...Object.fromEntries(outcomes.map((name) => [`attempts ${name}`, subpaths(`.attempts.fill-${name}`)])),
    waits: subpaths('.waits'), commits: subpaths('.commits'), arcs: subpaths('.all-arcs path'),
    'arc ends at the host': subpaths('.on-host'),
    'class bars': nodes('#class-bars .bar rect'), 'host bars': nodes('#host-bars .bar rect'), 'latency bars': nodes('#latency-bars .bar rect'),
    'lane segments': nodes('#cycles .segment'),
    'model points': nodes('.scaling .point-model'), 'rtl points': nodes('.scaling .point-rtl'), 'bound points': nodes('.scaling .point-bound'),
    'rows of scaling': rows('Scaling over lanes'), 'rows of keys': rows('Hottest keys'),
    'rows of escapes': rows('Escapes by reason'), 'rows of host calls': rows('Host calls by reason'), 'rows of transactions': rows('Transactions'),
    'rows of runs': nodes('#overview-body tbody tr'),
  };
}

function expectedMarks(run) {
  const attempts = run.timeline?.attempts ?? [];
  const edges = run.conflicts?.edges ?? [];
  const scaling = run.scaling ?? [];
  const drawn = attempts.length > 0;
  const positive = (values) => values.filter((value) => value > 0).length;
  const whole = scaling.filter((entry) => entry.first_txs == null);
  const engine = (entries, name) => entries.filter((entry) => entry.engine === name).length;
  return {
    ...Object.fromEntries(['committed', 'aborted', 'preempted', 'escaped'].map((name) => [`attempts ${name}`, attempts.filter((attempt) => attempt.outcome === name).length])),
    waits: drawn ? (run.timeline.waits ?? []).length : 0, commits: drawn ? (run.timeline.commits ?? []).length : 0, arcs: edges.length,
    'arc ends at the host': edges.length > 0 ? (run.transactions ?? []).filter((transaction) => transaction.on?.startsWith('host')).length : 0,
    'class bars': positive((run.classes ?? []).map((entry) => entry.cycles)), 'host bars': positive(Object.entries(run.host_us_per_tx ?? {}).filter(([part]) => part !== 'whole').map(([, time]) => time)),
    'latency bars': positive([(run.revm?.us_per_tx ?? 0) * (run.txs ?? 0), run.projected?.latency_us, run.projected?.card_us, run.projected?.host_us]),
    'lane segments': positive(Object.values(run.lane_cycles ?? {})),
    'model points': engine(whole, 'model'), 'rtl points': engine(scaling, 'rtl'),
    'bound points': new Set(whole.filter((entry) => entry.bound > 0).map((entry) => entry.lanes)).size,
    'rows of scaling': scaling.length, 'rows of keys': Math.min(12, new Set(edges.map((edge) => edge.key)).size),
    'rows of escapes': positive(Object.values(run.escapes ?? {})), 'rows of host calls': positive(Object.values(run.host_calls ?? {})),
    'rows of transactions': Math.min(50, run.transactions?.length ?? 0),
  };
}

export async function checkMarks(page, run) {
  const drawn = await page.evaluate(drawnMarks);
  const total = await page.evaluate(() => JSON.parse(document.getElementById('run').textContent).runs.length);
  const expected = { ...expectedMarks(run), 'rows of runs': total };
  return Object.entries(expected).filter(([kind, count]) => drawn[kind] !== count).map(([kind, count]) => `${kind}: ${drawn[kind]} drawn, ${count} in the data`);
}

/** Only containers may scroll sideways, never the page. */
export async function checkOverflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > width + 1 && !node.closest('.scroll'));
    return [`the page is ${document.documentElement.scrollWidth} px wide in a window of ${width} px, because of ${wide.slice(0, 3).map((node) => `${node.tagName}.${node.getAttribute('class')}`)}`];
  });
}

/** Contrast of WCAG AA between every text and what is behind it. */
export async function checkContrast(page) {
  const worst = await page.evaluate(() => {
    const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const opaque = (color) => color.startsWith('rgb') && (parse(color)[3] ?? 1) === 1;
    const light = (channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = (color) => {
      const [red, green, blue] = parse(color).map(light);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (node) => {
      // Labels on bars stand on the fill of committed work, or on their own halo.
      if (node.classList.contains('on-pattern')) return getComputedStyle(node).stroke;
      if (node.classList.contains('on-solid')) return getComputedStyle(document.querySelector('.fill-committed')).fill;
      for (let at = node; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor;
        if (opaque(color)) return color;
      }
      return 'rgb(255, 255, 255)';
    };
    const results = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION'].includes(node.tagName) || !node.checkVisibility() || node.closest('.hidden, caption')) continue;
      const style = getComputedStyle(node);
      const color = node instanceof SVGElement ? style.fill : style.color;
      const [high, low] = [luminance(color), luminance(behind(node))].sort((a, b) => b - a);
      const ratio = (high + 0.05) / (low + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) results.set(`${node.tagName}.${node.getAttribute('class')} ${color} on ${behind(node)}`, `${ratio.toFixed(2)}: "${node.textContent.slice(0, 40)}"`);
    }
    return [...results].map(([what, how]) => `contrast of ${what} is ${how}`);
  });
  return worst.slice(0, 5);
}
