// Opens reports in a browser and checks what a reader would see: node browser.mjs SCREENSHOT_FOLDER REPORT.html...
// Chromium is taken from the variable CHROMIUM, or /usr/bin/chromium.

import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { checkContrast, checkMarks, checkOverflow, checkStructure, checkText } from './checks.mjs';
import { checkKeyboard, checkMotion, checkMouse, checkTables } from './input.mjs';

const WIDTHS = [1280, 400];
const THEMES = ['light', 'dark'];
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--no-first-run', '--disable-quic'];

/** Everything a page says or asks for that it must not. */
function watch(page, url, problems) {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url) problems.push(`request to ${request.url().slice(0, 200)}`);
  });
}

async function open(browser, url, width, theme, problems) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
  watch(page, url, problems);
  await page.goto(url);
  await settle(page);
  return page;
}

/** Charts are drawn in the frame after the one that gives them their width. */
async function settle(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));
}

async function choose(page, index) {
  await page.selectOption('#run-select', { index });
  await settle(page);
}

/** All runs at one width and in one theme. */
async function checkRuns(page, report, problems) {
  for (const [index, run] of report.runs.entries()) {
    await choose(page, index);
    const found = [...(await checkStructure(page, run)), ...(await checkText(page)), ...(await checkMarks(page, run)),
      ...(await checkOverflow(page)), ...(await checkContrast(page))];
    problems.push(...found.map((problem) => `run ${index} (${run.name}): ${problem}`));
  }
  if (report.runs.length > 0) await choose(page, 0);
  else problems.push(...(await checkText(page)), ...(await checkOverflow(page)), ...(await checkContrast(page)));
}

async function checkInput(page, report, problems) {
  problems.push(...(await checkMotion(page)));
  if (report.runs.length === 0) return;
  problems.push(...(await checkTables(page, report)), ...(await checkMouse(page, report, settle)), ...(await checkKeyboard(page, report, settle)));
}

async function checkReport(browser, path, folder) {
  const url = pathToFileURL(resolve(path)).href;
  const name = basename(path, '.html');
  const problems = [];
  for (const width of WIDTHS) {
    for (const theme of THEMES) {
      const found = [];
      const page = await open(browser, url, width, theme, found);
      const report = await page.evaluate(() => JSON.parse(document.getElementById('run').textContent));
      await checkRuns(page, report, found);
      if (width === WIDTHS[0] && theme === 'dark') await print(page, join(folder, `${name}-print.pdf`));
      await page.screenshot({ path: join(folder, `${name}-${width}-${theme}.png`), fullPage: true });
      await checkInput(page, report, found);
      problems.push(...found.map((problem) => `${name} at ${width} px, ${theme}: ${problem}`));
      await page.close();
    }
  }
  return problems;
}

async function print(page, path) {
  await page.pdf({ path, format: 'A4', margin: { top: '12mm', bottom: '12mm', left: '12mm', right: '12mm' } });
}

async function main(folder, reports) {
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: QUIET });
  const problems = [];
  try {
    for (const path of reports) problems.push(...(await checkReport(browser, path, folder)));
  } finally {
    await browser.close();
  }
  problems.forEach((problem) => console.error(`FAIL ${problem}`));
  console.log(problems.length === 0 ? `ok: ${reports.length} reports, ${WIDTHS.length * THEMES.length} views each` : `${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

if (process.argv.length < 4) {
  console.error('usage: node browser.mjs SCREENSHOT_FOLDER REPORT.html...');
  process.exit(1);
}
process.exit(await main(process.argv[2], process.argv.slice(3)));
