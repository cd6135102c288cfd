// One page in headless Chromium, steered over a pipe: no port, no library.
//   node page.mjs [--width N] [--height N] [--dark] [--wait EXPRESSION] [--shot FILE] [--full FILE] [--pdf FILE] ADDRESS [STEP...]
// A STEP is an expression, whose value is printed as a line, or key:NAME[*N], which presses a key. What the page writes to its
// console goes to standard error. --shot is what the window shows, --full the whole page. BROWSER names the program.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const options = {width: 1280, height: 800}, rest = process.argv.slice(2);
while (rest[0] && rest[0].startsWith('--')) {
  const name = rest.shift().slice(2);
  options[name] = name === 'dark' ? true : rest.shift();
}
const [address, ...steps] = rest, profile = mkdtempSync(join(tmpdir(), 'em-page-'));
const browser = spawn(process.env.BROWSER || 'chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--remote-debugging-pipe', '--user-data-dir=' + profile, 'about:blank'],
  {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], env: Object.assign({}, process.env, {HOME: profile})});
const limit = setTimeout(() => { console.error('page.mjs: no end after 100 s'); finish(1); }, 100000);

let number = 0, text = '', session;
const waiting = new Map(), listeners = [];
browser.stdio[4].setEncoding('utf8').on('data', data => {
  text += data;
  for (let end; (end = text.indexOf('\0')) >= 0; text = text.slice(end + 1)) {
    const message = JSON.parse(text.slice(0, end)), wanted = waiting.get(message.id);
    if (wanted) { waiting.delete(message.id); message.error ? wanted.no(new Error(message.error.message)) : wanted.yes(message.result); }
    else listeners.forEach(l => l(message));
  }
});
function ask(method, params = {}, of = session) {
  return new Promise((yes, no) => {
    waiting.set(++number, {yes, no});
    browser.stdio[3].write(JSON.stringify({id: number, method, params, sessionId: of}) + '\0');
  });
}
function finish(code) {
  clearTimeout(limit);
  browser.once('exit', () => {
    /* Its helpers may still be writing there for a moment. */
    try { rmSync(profile, {recursive: true, force: true, maxRetries: 20, retryDelay: 100}); } catch { /* left to whoever empties the folder of temporary files */ }
    process.exit(code);
  });
  browser.kill();
}
async function value(expression) {
  const r = await ask('Runtime.evaluate', {expression, returnByValue: true, awaitPromise: true});
  if (r.exceptionDetails) throw new Error(r.exceptionDetails.exception?.description || r.exceptionDetails.text);
  return r.result.value;
}
const sleep = ms => new Promise(done => setTimeout(done, ms));
const KEYS = {Tab: 9, Enter: 13, Escape: 27, ArrowDown: 40, ArrowRight: 39};
async function press(name) {
  const one = name.length === 1, key = {key: name, code: one ? 'Key' + name.toUpperCase() : name, windowsVirtualKeyCode: KEYS[name] || name.toUpperCase().charCodeAt(0)};
  await ask('Input.dispatchKeyEvent', Object.assign({type: 'keyDown', text: one ? name : name === 'Enter' ? '\r' : undefined}, key));
  await ask('Input.dispatchKeyEvent', Object.assign({type: 'keyUp'}, key));
}
async function shoot(file, whole) {
  const size = whole ? await value('({width: document.documentElement.clientWidth, height: document.documentElement.scrollHeight})') : null;
  const r = await ask('Page.captureScreenshot', whole ? {captureBeyondViewport: true, clip: Object.assign({x: 0, y: 0, scale: 1}, size)} : {});
  writeFileSync(file, Buffer.from(r.data, 'base64'));
}

async function run() {
  const target = await ask('Target.createTarget', {url: 'about:blank'}, undefined);
  session = (await ask('Target.attachToTarget', {targetId: target.targetId, flatten: true}, undefined)).sessionId;
  listeners.push(m => {
    if (m.method === 'Runtime.consoleAPICalled') console.error('console: ' + m.params.args.map(a => a.value ?? a.description).join(' '));
    if (m.method === 'Runtime.exceptionThrown') console.error('exception: ' + (m.params.exceptionDetails.exception?.description || m.params.exceptionDetails.text));
    if (m.method === 'Log.entryAdded') console.error('log: ' + m.params.entry.text);
  });
  for (const part of ['Runtime', 'Log', 'Page']) await ask(part + '.enable');
  await ask('Emulation.setDeviceMetricsOverride', {width: +options.width, height: +options.height, deviceScaleFactor: +options.scale || 1, mobile: false});
  await ask('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value: options.dark ? 'dark' : 'light'}]});
  const loaded = new Promise(done => listeners.push(m => m.method === 'Page.loadEventFired' && done()));
  await ask('Page.navigate', {url: address});
  await loaded;
  await sleep(150);
  for (let i = 0; options.wait && i < 600 && !(await value(options.wait)); i++) await sleep(100);
  for (const step of steps) {
    const key = /^key:([^*]+)(?:\*(\d+))?$/.exec(step);
    if (key) for (let i = 0; i < (+key[2] || 1); i++) await press(key[1]);
    else console.log(String(await value(step)));
  }
  if (options.shot) await shoot(options.shot, false);
  if (options.full) await shoot(options.full, true);
  if (options.pdf) {
    const r = await ask('Page.printToPDF', {printBackground: true, preferCSSPageSize: true});
    writeFileSync(options.pdf, Buffer.from(r.data, 'base64'));
  }
}
run().then(() => finish(0), e => { console.error('page.mjs: ' + e.message); finish(1); });
