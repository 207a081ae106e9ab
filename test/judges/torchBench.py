"""PyTorch as a judge of speed: trains and evaluates the benchmark's nets on random data in memory.

Reads one JSON object a line from standard input and answers each with one line:
  {"net": "lenet-bn-max", "mode": "train" | "infer", "threads": 2, "layout": "nchw" | "channels_last", "seconds": 2}
  -> {"samplesPerSecond": 9012.3}
The first line it prints tells the versions. An empty line or the end of the input ends it.
Run it with Debian's interpreter, the packages python3-torch and libopenblas0-pthread installed, OPENBLAS_CORETYPE and
OPENBLAS_L2_SIZE unset, so that PyTorch is seen at its best.
"""
import json
import sys
import time

import torch
from torch import nn


def mlp_bn():
    layers, inputs = [], 784
    for _ in range(5):
        layers += [nn.Linear(inputs, 100), nn.BatchNorm1d(100), nn.ReLU()]
        inputs = 100
    return nn.Sequential(*layers, nn.Linear(100, 10))


def lenet_bn_max():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.BatchNorm2d(20), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 3), nn.BatchNorm2d(50), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(50 * 5 * 5, 128), nn.ReLU(), nn.Linear(128, 10))


def lenet_bn_avg():
    return nn.Sequential(
        nn.Conv2d(1, 20, 3), nn.BatchNorm2d(20), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(20, 50, 5), nn.BatchNorm2d(50), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(50 * 4 * 4, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 10))


def vgg_bn_cifar10():
    def block(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(
        *block(3, 32), *block(32, 32), nn.MaxPool2d(2),
        *block(32, 64), *block(64, 64), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 8 * 8, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 10))


# net: builder, input shape, batch, optimizer
NETS = {
    "mlp-bn": (mlp_bn, (784,), 100, "sgd"),
    "lenet-bn-max": (lenet_bn_max, (1, 28, 28), 256, "sgd"),
    "lenet-bn-avg": (lenet_bn_avg, (1, 28, 28), 64, "sgd"),
    "vgg-bn-cifar10": (vgg_bn_cifar10, (3, 32, 32), 64, "adam"),
}


def measure(net, mode, threads, layout, seconds):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    build, shape, batch, optimizer_name = NETS[net]
    module = build()
    images = torch.randn(batch, *shape)
    labels = torch.randint(0, 10, (batch,))
    if layout == "channels_last" and len(shape) == 3:
        module = module.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    loss_of = nn.CrossEntropyLoss()
    if optimizer_name == "adam":
        optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    else:
        optimizer = torch.optim.SGD(module.parameters(), lr=0.05)

    def train_step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(module(images), labels).backward()
        optimizer.step()

    def infer_step():
        with torch.inference_mode():
            module(images)

    module.train(mode == "train")
    step = train_step if mode == "train" else infer_step
    for _ in range(3):
        step()
    steps, start = 0, time.perf_counter()
    while True:
        step()
        steps += 1
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            return steps * batch / elapsed


def main():
    print(json.dumps({"peer": "torch", "version": torch.__version__, "python": sys.version.split()[0]}), flush=True)
    for line in sys.stdin:
        if not line.strip():
            break
        request = json.loads(line)
        rate = measure(request["net"], request["mode"], request["threads"], request["layout"], request["seconds"])
        print(json.dumps({"samplesPerSecond": rate}), flush=True)


if __name__ == "__main__":
    main()
