"""What the layers' PyTorch forms compute, in float64 and evaluation mode.

Reads a JSON list of {"module", "call", "tensors", "inputs"} from stdin, tensors as {"shape", "data"}, and writes the list of outputs.
The inputs are called a, b, … in `call`, the module self.layer. Run by test/engine/export/torchForms.test.ts with ASK_PYTORCH=1.
"""
import json
import sys

import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)


def tensor(stored):
    return torch.tensor(stored["data"]).reshape(stored["shape"])


def output(case):
    holder = nn.Module()
    if case["module"] is not None:
        holder.layer = eval(case["module"])
        state = holder.layer.state_dict()
        for name, stored in case["tensors"].items():
            assert state[name].shape == torch.Size(stored["shape"]), (case["module"], name)
            state[name] = tensor(stored)
        holder.layer.load_state_dict(state)
    holder.eval()
    inputs = dict(zip("abcdefgh", map(tensor, case["inputs"])))
    with torch.no_grad():
        found = eval(case["call"], {"torch": torch, "F": F, "self": holder, **inputs})
    return {"shape": list(found.shape), "data": found.flatten().tolist()}


json.dump([output(case) for case in json.load(sys.stdin)], sys.stdout)
