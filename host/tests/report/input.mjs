// What a reader can do with keys and mouse.

/** Presses Tab until an element has the focus, and looks at every stop on the way. */
async function tabTo(page, id, problems, limit = 250) {
  for (let presses = 0; presses < limit; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const node = document.activeElement;
      const style = getComputedStyle(node);
      return { id: node.id, name: node.outerHTML.slice(0, 70), body: node === document.body, seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 };
    });
    if (stop.id === id) return true;
    if (!stop.body && !stop.seen) problems.push(`no visible focus on ${stop.name}`);
  }
  problems.push(`Tab does not reach #${id} within ${limit} presses`);
  return false;
}

const text = (page, selector) => page.evaluate((name) => document.querySelector(name)?.textContent ?? '', selector);

export async function checkKeyboard(page, report, settle) {
  const problems = [];
  await page.evaluate(() => {
    document.activeElement.blur();
    scrollTo(0, 0);
  });
  await checkTheme(page, problems);
  if (report.runs.length > 1) await checkSelector(page, problems, settle);
  const drawn = await page.evaluate(() => document.getElementById('timeline-chart') !== null);
  if (drawn) await checkTimelineKeys(page, problems, settle);
  if (await page.evaluate(() => document.getElementById('conflict-chart') !== null)) await checkArcKeys(page, report, problems);
  return problems;
}

async function checkTheme(page, problems) {
  await page.focus('.skip');
  if (!(await tabTo(page, 'theme', problems))) return;
  const state = () => page.evaluate(() => [getComputedStyle(document.body).backgroundColor, document.getElementById('theme').getAttribute('aria-pressed')].join());
  const before = await state();
  await page.keyboard.press('Space');
  if ((await state()) === before) problems.push('Space on the button for the theme changes nothing');
  await page.keyboard.press('Space');
  if ((await state()) !== before) problems.push('the theme does not change back');
}

async function checkSelector(page, problems, settle) {
  if (!(await tabTo(page, 'run-select', problems))) return;
  const before = await text(page, '#run-title');
  await page.keyboard.press('ArrowDown');
  await settle(page);
  if ((await text(page, '#run-title')) === before) problems.push('ArrowDown in the selector does not change the run');
  await page.keyboard.press('ArrowUp');
  await settle(page);
  if ((await text(page, '#run-title')) !== before) problems.push('ArrowUp in the selector does not change the run back');
}

async function checkTimelineKeys(page, problems, settle) {
  if (!(await tabTo(page, 'timeline-chart', problems))) return;
  await settle(page);
  const shown = () => text(page, '#timeline .status');
  const press = async (key, what, same) => {
    const before = await shown();
    await page.keyboard.press(key);
    if (((await shown()) === before) !== same) problems.push(`${key} in the timeline: ${what}, but "${before}" became "${await shown()}"`);
  };
  const whole = await shown();
  await press('+', 'zooms in', false);
  await press('+', 'zooms in', false);
  await press('ArrowRight', 'moves', false);
  await press('ArrowLeft', 'moves', false);
  await press('-', 'zooms out', false);
  await press('0', 'shows the whole block', false);
  if ((await shown()) !== whole) problems.push(`0 shows "${await shown()}" instead of "${whole}"`);
  await page.keyboard.press('n');
  await page.keyboard.press('ArrowDown');
  if (!(await text(page, '#detail')).startsWith('Transaction')) problems.push('N does not choose an attempt');
  await page.keyboard.press('Enter');
  if ((await page.evaluate(() => document.activeElement.id)) !== 'detail') problems.push('Enter does not go to the details');
}

async function checkArcKeys(page, report, problems) {
  if (!(await tabTo(page, 'conflict-chart', problems))) return;
  await page.keyboard.press('n');
  const chosen = await text(page, '#conflicts .status');
  if (!chosen.includes('is chosen')) problems.push('N in the arc diagram chooses nothing');
  await page.keyboard.press('+');
  if ((await text(page, '#conflicts .status')) === chosen && report.runs[0].txs > 8) problems.push('+ does not zoom the arc diagram');
  await page.keyboard.press('0');
}

export async function checkMouse(page, report, settle) {
  const timeline = report.runs[0].timeline;
  if (!timeline?.attempts.length) return [];
  const target = timeline.attempts.reduce((longest, attempt) => (attempt.end - attempt.start > longest.end - longest.start ? attempt : longest));
  const problems = [];
  // Not at the top, where the bar of the run would cover it.
  await page.evaluate(() => document.getElementById('timeline-chart').scrollIntoView({ block: 'center', behavior: 'instant' }));
  const box = await page.locator('#timeline-chart').boundingBox();
  const rows = await page.$$eval('#timeline-chart svg.timeline > text', (texts) => texts.slice(0, 2).map((text) => Number(text.getAttribute('y'))));
  const left = Number(await page.locator('#timeline-chart svg.timeline > svg').getAttribute('x'));
  const width = Number(await page.locator('#timeline-chart svg.timeline > svg').getAttribute('width'));
  const x = box.x + left + ((target.start + target.end) / 2 / timeline.cycles) * width;
  const y = box.y + rows[0] + target.lane * (rows[1] - rows[0]) - 4;
  await page.mouse.move(x, y);
  if (await page.locator('#timeline .tip').isHidden()) problems.push('no tooltip over an attempt');
  await page.mouse.click(x, y);
  if (!(await text(page, '#detail')).startsWith(`Transaction ${target.tx}:`)) problems.push('a click does not choose the attempt');
  await checkWheel(page, box, problems, settle);
  return problems;
}

async function checkWheel(page, box, problems, settle) {
  const shown = () => text(page, '#timeline .status');
  const whole = await shown();
  await page.mouse.move(box.x + box.width / 2, box.y + 20);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await settle(page);
  const zoomed = await shown();
  if (zoomed === whole) problems.push('Ctrl and the wheel do not zoom');
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 - 60, box.y + 20, { steps: 4 });
  await page.mouse.up();
  if ((await shown()) === zoomed) problems.push('dragging does not move the timeline');
  await page.click('text=Whole block');
}

export async function checkTables(page, report) {
  const problems = [];
  const gas = page.locator('#overview-body th', { hasText: /^Gas/ });
  if (report.runs.length > 1) {
    await gas.locator('button').click();
    const cells = await page.$$eval('#overview-body tbody tr', (rows) => rows.map((row) => row.cells[2].textContent.replaceAll(',', '')));
    const values = cells.map(Number).filter((value) => !Number.isNaN(value));
    if (values.some((value, index) => index > 0 && value > values[index - 1])) problems.push(`sorting by gas gives ${values}`);
    if ((await gas.getAttribute('aria-sort')) !== 'descending') problems.push('sorting does not say so');
  }
  const losses = await page.$$eval('#overview-body .verdict.loss', (nodes) => nodes.map((node) => node.textContent));
  const expected = report.runs.filter((run) => Number.isFinite(run.projected?.speedup) && run.projected.speedup < 0.995).length;
  if (losses.length !== expected || losses.some((words) => !words.includes('Loss'))) problems.push(`${losses.length} losses in words, ${expected} in the data`);
  return problems;
}

export async function checkMotion(page) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moving = await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior !== 'auto');
  await page.emulateMedia({ reducedMotion: null });
  return moving ? ['scrolling is animated against the wish for less motion'] : [];
}
