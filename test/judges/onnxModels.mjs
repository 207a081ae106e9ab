/**
 * What onnxruntime computes of ONNX models: reads a JSON list of { model (base64), samples { shape, data } } from stdin and writes the list
 * of outputs by name. Run by test/engine/export/onnxModel.test.ts with ASK_ONNX=1, after `npm ci` in this folder.
 */
import { text } from "node:stream/consumers";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;

const answers = [];
for (const { model, samples } of JSON.parse(await text(process.stdin))) {
  const session = await ort.InferenceSession.create(Buffer.from(model, "base64"));
  const outputs = await session.run({
    samples: new ort.Tensor("float32", Float32Array.from(samples.data), samples.shape),
  });
  answers.push(
    Object.fromEntries(
      Object.entries(outputs).map(([name, { dims, data }]) => [
        name,
        // Nine digits tell a float32 from all others.
        { shape: dims, data: Array.from(data, (value) => Number(value.toPrecision(9))) },
      ]),
    ),
  );
  await session.release();
}
process.stdout.write(JSON.stringify(answers));
