// Makes the one file: page, worker and engine. node build.mjs ENGINE-FOLDER OUTPUT.html
import { build } from 'esbuild';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const [engine = join(here, '../build-wasm/microscope'), output = 'out/microscope.html'] =
  process.argv.slice(2).map((path) => resolve(path));

// The colours of the charts, as the library has them: { batch: '#0072B2', … }
async function palette() {
  const header = await readFile(join(here, '../include/evenkeel/chart/palette.hpp'), 'utf8');
  const found = [...header.matchAll(/inline constexpr Colour (\w+)\{0x([0-9A-F]{6})\}/g)];
  if (found.length < 10) throw new Error('palette.hpp has changed: its colours were not found');
  return Object.fromEntries(found.map(([, name, rgb]) => [name, `#${rgb}`]));
}

async function bundle(entry, define, loader = {}) {
  const result = await build({
    entryPoints: [join(here, 'page/src', entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    logLevel: 'warning',
    alias: { engine: join(engine, 'engine.js'), 'engine.wasm': join(engine, 'engine.wasm') },
    external: ['fs', 'path'],
    define,
    loader,
  });
  return result.outputFiles[0].text;
}

const worker = await bundle('worker.ts', {});
const script = await bundle(
  'main.ts',
  { WORKER_SOURCE: JSON.stringify(worker), PALETTE: JSON.stringify(await palette()) },
  { '.wasm': 'binary' },
);
const styles = ['../pages/base.css', 'page/style.css'].map((path) => readFile(join(here, path), 'utf8'));
const style = (await Promise.all(styles)).join('');
const html = (await readFile(join(here, 'page/index.html'), 'utf8'))
  .replace('/*STYLE*/', () => style)
  .replace('/*SCRIPT*/', () => script.replaceAll('</script', '<\\/script'));
await mkdir(dirname(output), { recursive: true });
await writeFile(`${output}.tmp`, html);
await rename(`${output}.tmp`, output);
const kilobytes = (bytes) => Math.round(bytes / 1024);
console.log(
  `${output}: ${kilobytes(html.length)} KB, ${kilobytes(gzipSync(html).length)} KB compressed`,
);
