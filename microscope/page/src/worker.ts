// The engine, off the page's thread: what takes long never freezes the page, and can be ended.
import make_engine, { type Wasm } from 'engine';

let engine: Promise<Wasm> | undefined;

function start(module: WebAssembly.Module): Promise<Wasm> {
  return make_engine({
    instantiateWasm(imports, done) {
      void WebAssembly.instantiate(module, imports).then(done);
      return {};
    },
  });
}

function answer(wasm: Wasm, request: string): string {
  const room = wasm.lengthBytesUTF8(request) + 1;
  const address = wasm._malloc(room);
  wasm.stringToUTF8(request, address, room);
  const text = wasm.UTF8ToString(wasm._evenkeel_answer(address));
  wasm._free(address);
  return text;
}

self.onmessage = async (event: MessageEvent<{ module?: WebAssembly.Module; request?: string }>) => {
  const { module, request } = event.data;
  if (module) engine = start(module);
  if (request === undefined || !engine) return;
  const wasm = await engine;
  const started = performance.now();
  const text = answer(wasm, request);
  self.postMessage({ text, milliseconds: performance.now() - started });
};
