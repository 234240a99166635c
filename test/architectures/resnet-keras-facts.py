"""Writes what Keras Applications' ResNets are made of to resnet-keras-facts.json, for resnet.test.ts to compare with.

    pip install tensorflow-cpu==2.21.0   # in a virtual environment outside the repository
    python test/architectures/resnet-keras-facts.py && npx biome check --write test/architectures

One line a layer, in Keras's order: name, class, the layers it reads, output shape, weights in their order, options.
The two small networks are listed; the others, of the same blocks, have their lines' SHA-256 alone.
"""

import hashlib
import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
from keras import applications

BUILDERS = {
    "resnet50": applications.ResNet50,
    "resnet101": applications.ResNet101,
    "resnet152": applications.ResNet152,
    "resnet50v2": applications.ResNet50V2,
    "resnet101v2": applications.ResNet101V2,
    "resnet152v2": applications.ResNet152V2,
}
LISTED = ("resnet50", "resnet50v2")
OPTIONS = {
    "Conv2D": ("filters", "kernel_size", "strides", "padding", "dilation_rate", "use_bias", "activation"),
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale"),
    "Activation": ("activation",),
    "ZeroPadding2D": ("padding",),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "Dense": ("units", "use_bias", "activation"),
}
CASES = {
    "top": {"input_shape": (32, 32, 1), "classes": 10},
    "features": {"input_shape": (64, 48, 3), "include_top": False},
    "avg": {"input_shape": (32, 32, 1), "include_top": False, "pooling": "avg"},
    "max": {"input_shape": (32, 32, 1), "include_top": False, "pooling": "max"},
}


def compact(value):
    """As JSON.stringify writes it; of small numbers Python makes 1.001e-05."""
    if isinstance(value, float):
        return f"{value:.12f}".rstrip("0").rstrip(".")
    return json.dumps(value, separators=(",", ":"))


def line(layer):
    config = layer.get_config()
    kind = type(layer).__name__
    sources = [] if kind == "InputLayer" else layer.input
    sources = sources if isinstance(sources, list) else [sources]
    weights = [f"{w.name}{compact(list(w.shape))}" for w in layer.weights]
    options = [f"{name}={compact(config[name])}" for name in OPTIONS.get(kind, ())]
    output = compact(list(layer.output.shape))
    readers = ",".join(s._keras_history.operation.name for s in sources)
    return f"{layer.name} {kind} <{readers}> {output} {' '.join([*weights, *options])}".strip()


facts = {}
for variant, build in BUILDERS.items():
    facts[variant] = {}
    for case, options in CASES.items():
        keras.backend.clear_session()
        model = build(weights=None, **options)
        lines = [line(layer) for layer in model.layers]
        facts[variant][case] = {
            "name": model.name,
            "parameters": model.count_params(),
            "layers": len(lines),
            "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        }
        if variant in LISTED and case == "top":
            facts[variant][case]["lines"] = lines
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"keras": keras.__version__, "variants": facts}, indent=2) + "\n")
