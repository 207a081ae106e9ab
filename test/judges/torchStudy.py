"""The study examples/studies/scales16.study.json in PyTorch, one process on all cores: 16 initial scales with and without BatchNorm.

Run with Debian's interpreter: /usr/bin/python3 test/judges/torchStudy.py MNIST_DIR [THREADS]
MNIST_DIR holds MNIST's IDX files. All data is in one tensor and batches are indexed there: no loader takes time. The time is that of all
runs, data read before. As Layerscope does, a run ends when its loss is not finite, and 1,000 test images are measured after each epoch.
"""
import math
import os
import sys
import time

import numpy
import torch
from torch import nn

SAMPLES, EPOCHS, BATCH, RATE = 1000, 20, 100, 0.01


def read(folder, name, header):
    with open(os.path.join(folder, name), "rb") as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header)


def images(folder, name):
    return torch.from_numpy(read(folder, name, 16).reshape(-1, 784).astype(numpy.float32) / 255)


def net(normalized, scale):
    layers, inputs = [], 784
    for _ in range(5):
        layers += [nn.Linear(inputs, 100), *([nn.BatchNorm1d(100)] if normalized else []), nn.ReLU()]
        inputs = 100
    found = nn.Sequential(*layers, nn.Linear(100, 10))
    for layer in found:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=scale)
            nn.init.zeros_(layer.bias)
    return found


def train(normalized, scale, data):
    x, y, test_x, test_y = data
    torch.manual_seed(1)
    model = net(normalized, scale)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    best = (0.0, 0.0)
    for _ in range(EPOCHS):
        model.train()
        correct = 0
        for batch in torch.randperm(SAMPLES).split(BATCH):
            labels = y[batch]
            outputs = model(x[batch])
            loss = nn.functional.cross_entropy(outputs, labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            if not math.isfinite(loss.item()):
                return best, True
            correct += (outputs.argmax(1) == labels).sum().item()
        model.eval()
        with torch.no_grad():
            test = (model(test_x).argmax(1) == test_y).float().mean().item()
        best = (max(best[0], correct / SAMPLES), max(best[1], test))
    return best, False


folder = sys.argv[1]
torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count())
whole = images(folder, "train-images-idx3-ubyte")
mean, std = whole.mean(), whole.std()
data = (
    (whole[:SAMPLES] - mean) / std,
    torch.from_numpy(read(folder, "train-labels-idx1-ubyte", 8)[:SAMPLES].astype(numpy.int64)),
    (images(folder, "t10k-images-idx3-ubyte")[:1000] - mean) / std,
    torch.from_numpy(read(folder, "t10k-labels-idx1-ubyte", 8)[:1000].astype(numpy.int64)),
)
del whole
train(True, 0.01, data)  # Warms up; not timed.
began = time.perf_counter()
for index in range(16):
    for normalized in (True, False):
        scale = 10 ** (-4 * index / 15)
        (train_best, test_best), diverged = train(normalized, scale, data)
        print(f"{scale:.3g} {'batch' if normalized else 'none'}: train {train_best:.3f}, test {test_best:.3f}{', diverged' if diverged else ''}")
print(f"32 runs in {time.perf_counter() - began:.2f} s on {torch.get_num_threads()} threads, PyTorch {torch.__version__}")
