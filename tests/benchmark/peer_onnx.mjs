// Forward passes in onnxruntime, of the networks that peer.py exports.
//
//   node peer_onnx.mjs FOLDER --precision float --threads 2 --seconds 0.5 gpt_forward …
//
// FOLDER holds the .onnx files and node_modules. Prints JSON: workload → milliseconds.

import { createRequire } from "node:module";
import { resolve } from "node:path";

const [folder, ...words] = process.argv.slice(2);
const { InferenceSession, Tensor } = createRequire(resolve(folder, "node_modules") + "/")("onnxruntime-node");
const option = (name) => Number(words.splice(words.indexOf(name), 2)[1]);
words.splice(words.indexOf("--precision"), 2);  // only float is exported
const threads = option("--threads"), seconds = option("--seconds");

const inputs = {
  gpt_forward: () => new Tensor("int64", BigInt64Array.from({ length: 12 * 64 }, (_, i) => BigInt(i % 65)), [12, 64]),
  resnet_forward: () => new Tensor("float32", Float32Array.from({ length: 32 * 784 }, Math.random), [32, 1, 28, 28]),
};

const times = {};
for (const name of words) {
  const session = await InferenceSession.create(resolve(folder, `${name}.onnx`),
    { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: "all" });
  const given = { [session.inputNames[0]]: inputs[name]() };
  const measured = [];
  const warm = performance.now() + 250 * seconds, end = warm + 1000 * seconds;
  while (performance.now() < end || measured.length < 3) {
    const start = performance.now();
    await session.run(given);
    if (start >= warm) measured.push(performance.now() - start);
  }
  times[name] = Math.min(...measured);
}
console.log(JSON.stringify(times));
