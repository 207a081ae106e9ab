"""How the weights of exported nets start: the moments and bounds of each parameter, with a fixed seed.

Reads a JSON list of Python files' texts from stdin and writes for each {"NAME": {"mean", "std", "min", "max"}}.
Run by test/engine/export/torchInitializers.test.ts with ASK_PYTORCH=1.
"""
import json
import sys

import torch


def started(code):
    names = {"__name__": "exported"}
    exec(code, names)
    torch.manual_seed(1)
    return {
        name: {
            "mean": weight.double().mean().item(),
            "std": weight.double().std(unbiased=False).item(),
            "min": weight.min().item(),
            "max": weight.max().item(),
        }
        for name, weight in names["Net"]().named_parameters()
    }


json.dump([started(code) for code in json.load(sys.stdin)], sys.stdout)
