// What build.mjs puts in.
declare const WORKER_SOURCE: string;
declare const PALETTE: Record<string, string>;
declare module 'engine.wasm' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
declare module 'engine' {
  export interface Wasm {
    _evenkeel_answer(request: number): number;
    _malloc(bytes: number): number;
    _free(address: number): void;
    stringToUTF8(text: string, address: number, room: number): void;
    lengthBytesUTF8(text: string): number;
    UTF8ToString(address: number): string;
  }
  type Start = (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => object;
  export default function make_engine(options: { instantiateWasm: Start }): Promise<Wasm>;
}
