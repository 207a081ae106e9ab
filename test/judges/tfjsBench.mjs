/**
 * TensorFlow.js (WebAssembly backend) as a judge of speed: the same requests and answers as torchBench.py.
 *
 *   npm ci && node tfjsBench.mjs
 *
 * The backend lacks kernels for the gradients of convolution weights and of pooling. They are composed here from kernels that it has,
 * for the windows that the nets use: without that it could not train them at all.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

const require = createRequire(import.meta.url);
const backendFolder = path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"));
setWasmPaths(`${path.join(backendFolder, "wasm-out")}/`);

/** dW[i,j,c,k] = Σ x[n,h+i,w+j,c]·dy[n,h,w,k]: a convolution in which channels and samples change places. */
const convolve = (x, w, pad) =>
  tf.customGrad((input, weight, save) => {
    save([input, weight]);
    const size = weight.shape[0];
    const border = pad === "same" ? (size - 1) / 2 : 0;
    return {
      value: tf.conv2d(input, weight, 1, pad),
      gradFunc: (dy, [savedInput, savedWeight]) => {
        const padded =
          border === 0
            ? savedInput
            : tf.pad(savedInput, [
                [0, 0],
                [border, border],
                [border, border],
                [0, 0],
              ]);
        const dw = tf.conv2d(padded.transpose([3, 1, 2, 0]), dy.transpose([1, 2, 0, 3]), 1, "valid");
        return [tf.conv2dTranspose(dy, savedWeight, savedInput.shape, 1, pad), dw.transpose([1, 2, 0, 3])];
      },
    };
  })(x, w);

/** Every value of an image repeated in a 2×2 block. */
const enlarge = (y) => {
  const [n, h, w, c] = y.shape;
  return tf.tile(y.reshape([n * h, 1, w, 1, c]), [1, 2, 1, 2, 1]).reshape([n, 2 * h, 2 * w, c]);
};

const pool = (x, kind) =>
  tf.customGrad((input, save) => {
    const value = kind === "max" ? tf.maxPool(input, 2, 2, "valid") : tf.avgPool(input, 2, 2, "valid");
    save([input, value]);
    return {
      value,
      gradFunc: (dy, [savedInput, savedValue]) => {
        const whole = enlarge(dy);
        const [, height, width] = savedInput.shape;
        const [, h, w] = whole.shape;
        const inside = tf.slice(savedInput, [0, 0, 0, 0], [-1, h, w, -1]);
        const dx = kind === "max" ? whole.mul(inside.equal(enlarge(savedValue)).toFloat()) : whole.mul(0.25);
        return h === height && w === width
          ? dx
          : tf.pad(dx, [
              [0, 0],
              [0, height - h],
              [0, width - w],
              [0, 0],
            ]);
      },
    };
  })(x);

/** With the batch's own statistics in training; in inference by constants, as running statistics are. */
const normalize = (x, gamma, beta, isTraining) => {
  if (!isTraining) return x.mul(gamma).add(beta);
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = tf.moments(x, axes);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt().mul(gamma)).add(beta);
};

/** Builds the forward pass of a net while it runs once; the variables stay. */
const createNet = (isTraining) => {
  const variables = [];
  let at = 0;
  const variable = (shape, fanIn) => {
    if (at === variables.length) {
      variables.push(tf.variable(fanIn > 0 ? tf.randomNormal(shape, 0, Math.sqrt(2 / fanIn)) : tf.zeros(shape)));
    }
    return variables[at++];
  };
  const ones = (size) => {
    if (at === variables.length) variables.push(tf.variable(tf.ones([size])));
    return variables[at++];
  };
  return {
    variables,
    begin: () => {
      at = 0;
    },
    dense: (x, units) => x.matMul(variable([x.shape[1], units], x.shape[1])).add(variable([units], 0)),
    conv: (x, filters, size, pad) =>
      convolve(x, variable([size, size, x.shape[3], filters], size * size * x.shape[3]), pad).add(
        variable([filters], 0),
      ),
    norm: (x) => normalize(x, ones(x.shape.at(-1)), variable([x.shape.at(-1)], 0), isTraining),
  };
};

const flatten = (x) => x.reshape([x.shape[0], -1]);

const nets = {
  "mlp-bn": {
    shape: [784],
    batch: 100,
    optimizer: "sgd",
    forward: (net, x) => {
      let y = x;
      for (let layer = 0; layer < 5; layer++) y = net.norm(net.dense(y, 100)).relu();
      return net.dense(y, 10);
    },
  },
  "lenet-bn-max": {
    shape: [28, 28, 1],
    batch: 256,
    optimizer: "sgd",
    forward: (net, x) => {
      const first = pool(net.norm(net.conv(x, 20, 5, "valid")).relu(), "max");
      const second = pool(net.norm(net.conv(first, 50, 3, "valid")).relu(), "max");
      return net.dense(net.dense(flatten(second), 128).relu(), 10);
    },
  },
  "lenet-bn-avg": {
    shape: [28, 28, 1],
    batch: 64,
    optimizer: "sgd",
    forward: (net, x) => {
      const first = pool(net.norm(net.conv(x, 20, 3, "valid")).relu(), "avg");
      const second = pool(net.norm(net.conv(first, 50, 5, "valid")).relu(), "avg");
      return net.dense(net.norm(net.dense(flatten(second), 128)).relu(), 10);
    },
  },
  "vgg-bn-cifar10": {
    shape: [32, 32, 3],
    batch: 64,
    optimizer: "adam",
    forward: (net, x) => {
      const block = (y, filters) => net.norm(net.conv(y, filters, 3, "same")).relu();
      const first = pool(block(block(x, 32), 32), "max");
      const second = pool(block(block(first, 64), 64), "max");
      return net.dense(net.norm(net.dense(flatten(second), 256)).relu(), 10);
    },
  },
};

const measure = ({ net: name, mode, seconds }) => {
  const spec = nets[name];
  const net = createNet(mode === "train");
  const x = tf.randomNormal([spec.batch, ...spec.shape]);
  const labels = tf.oneHot(tf.randomUniform([spec.batch], 0, 10, "int32"), 10).toFloat();
  const optimizer = spec.optimizer === "adam" ? tf.train.adam(1e-3) : tf.train.sgd(0.05);
  const forward = () => {
    net.begin();
    return spec.forward(net, x);
  };
  tf.tidy(forward);
  const step = () =>
    tf.tidy(() => {
      if (mode === "infer") forward().dataSync();
      else optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, forward()), false, net.variables);
    });
  for (let warmUp = 0; warmUp < 2; warmUp++) step();
  const begun = performance.now();
  let steps = 0;
  let elapsed = 0;
  while (elapsed < 1000 * seconds) {
    step();
    steps += 1;
    elapsed = performance.now() - begun;
  }
  tf.dispose([x, labels, ...net.variables]);
  optimizer.dispose();
  return (1000 * steps * spec.batch) / elapsed;
};

await tf.setBackend("wasm");
await tf.ready();
console.log(JSON.stringify({ peer: "tfjs", version: `${tf.version_core} ${tf.getBackend()}` }));
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") break;
  console.log(JSON.stringify({ samplesPerSecond: measure(JSON.parse(line)) }));
}
