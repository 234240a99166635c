"""The peer's side of resnet.ts: `resnet.py convert FOLDER`, then `resnet.py measure FOLDER ours` (or `peer`: which file
is loaded first). Both print JSON."""

import collections
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

ROUNDS = 30
ROUND_SECONDS = 0.1


def read(folder, name, *shape):
    return np.fromfile(folder / name, np.float32).reshape(shape)


def convert(folder, *_):
    """Keras's own network with the exported weights, which find their places by name."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf
    from keras import applications

    manifest = json.loads((folder / "manifest.json").read_text())
    builders = {name.lower(): value for name, value in vars(applications).items() if name.startswith("ResNet")}
    model = builders[manifest["variant"]](weights=None, input_shape=(32, 32, 1), classes=10)
    raw, start, values = read(folder, "weights", -1), 0, {}
    for weight in manifest["weights"]:
        count = int(np.prod(weight["shape"]))
        values[weight["name"]] = raw[start : start + count].reshape(weight["shape"])
        start += count
    if start != raw.size or set(values) != {weight.path for weight in model.weights}:
        raise ValueError("the weights' names differ from Keras's")
    for weight in model.weights:
        weight.assign(values[weight.path])
    expected = read(folder, "expected", -1, 10)
    outputs = model.predict(read(folder, "inputs", -1, 32, 32, 1), verbose=0)
    start = time.perf_counter()
    converted = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    seconds = time.perf_counter() - start
    (folder / "peer.tflite").write_bytes(converted)
    return {"seconds": seconds, "difference": float(np.abs(outputs - expected).max())}


def measure(folder, first):
    """Median milliseconds at batch 1, one thread, in rounds of both files in turn; and what the files answer."""
    from ai_edge_litert.interpreter import Interpreter

    inputs, expected = read(folder, "inputs", -1, 1, 32, 32, 1), read(folder, "expected", -1, 10)
    results, runners = {}, {}
    for maker in sorted(("ours", "peer"), reverse=first == "peer"):
        path = folder / f"{maker}.tflite"
        runner = Interpreter(model_path=str(path), num_threads=1)
        runner.allocate_tensors()
        given, answer = runner.get_input_details()[0]["index"], runner.get_output_details()[0]["index"]
        answers = []
        for image in inputs:
            runner.set_tensor(given, image)
            runner.invoke()
            answers.append(runner.get_tensor(answer)[0])
        names = [op["op_name"] for op in runner._get_ops_details() if op["op_name"] != "DELEGATE"]
        results[maker] = {
            "bytes": path.stat().st_size,
            "operators": collections.Counter(names),
            "difference": float(np.abs(np.array(answers) - expected).max()),
        }
        runners[maker] = runner
    rounds = collections.defaultdict(list)
    for number in range(ROUNDS):
        # Whoever comes second finds the other's weights in the cache.
        for maker in sorted(runners, reverse=number % 2 == 1):
            start, times = time.perf_counter(), 0
            while time.perf_counter() - start < ROUND_SECONDS:
                runners[maker].invoke()
                times += 1
            rounds[maker].append((time.perf_counter() - start) / times * 1000)
    for maker, values in rounds.items():
        results[maker]["milliseconds"] = float(np.median(values))
    return results


print(json.dumps({"convert": convert, "measure": measure}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
