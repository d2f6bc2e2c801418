// Numbers as text. Nothing that is not a finite number may become digits.

const SPACE = '\u00a0';
const formats = new Map();

/** With thousands separators and so many decimals. */
function fixed(value, digits = 0) {
  if (!formats.has(digits)) {
    formats.set(digits, new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return formats.get(digits).format(value);
}

/** With about three significant digits, for values whose size is not known beforehand. */
function short(value) {
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return fixed(value);
  return fixed(value, Math.min(9, 2 - Math.floor(Math.log10(size))));
}

function withUnit(text, unit) {
  return `${text}${SPACE}${unit}`;
}

function percent(part, whole = 1) {
  return withUnit(fixed((100 * part) / whole, 1), '%');
}

/** `count(1, 'arc')` is "1 arc", `count(2, 'arc')` is "2 arcs". */
function count(value, noun) {
  return `${fixed(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A value as `format` writes it, or that there is none and why. */
function known(value, format, why) {
  return value === null ? missing('not measured', why) : format(value);
}

function missing(what, why) {
  return el('span', { class: 'missing' }, why ? `${what}: ${why}` : what);
}

/** What a speed against revm means, in words: below 1 is a loss. */
function verdict(speedup) {
  if (speedup >= 0.995 && speedup <= 1.005) return { kind: 'even', word: 'Even', text: 'as fast as revm' };
  if (speedup > 1) return { kind: 'gain', word: '▲ Gain', text: `${times(speedup)} as fast` };
  return { kind: 'loss', word: '▼ Loss', text: speedup > 0 ? `${times(1 / speedup)} slower` : 'slower' };
}

function times(factor) {
  return `${factor < 100 ? fixed(factor, 2) : fixed(factor)}×`;
}

function verdictBadge(speedup) {
  const { kind, word, text } = verdict(speedup);
  return el('span', { class: `verdict ${kind}` }, el('strong', null, word), ` ${text}`);
}
