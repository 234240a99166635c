"""The peer's side of side-by-side.ts: `side_by_side.py convert FOLDER`, then `side_by_side.py measure FOLDER NUMBER`, where
the number turns the order in which files are loaded. Both print JSON."""

import collections
import functools
import inspect
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

ROUNDS = 15
ROUND_SECONDS = 0.1


@functools.cache
def fused_lstm():
    """An LSTM whose call is marked as Keras 2 marked its own: that mark is what TFLiteConverter fuses (ConvertKerasLSTMLayer
    in tflite/converter/utils/lstm_utils.cc)."""
    import tensorflow as tf
    from keras import layers, saving

    @saving.register_keras_serializable()
    class FusedLSTM(layers.LSTM):
        def call(self, sequences, initial_state=None, mask=None, training=False):
            marks = {"api_implements": f"lstm_{self.name}", "api_preferred_device": "CPU"}

            @tf.function(experimental_attributes={**marks, "go_backwards": self.go_backwards, "time_major": False})
            def lstm(inputs, hidden, cell, kernel, recurrent_kernel, bias):
                steps = []
                # The converter drops this body, and reverses by the mark.
                ordered = tf.reverse(inputs, [1]) if self.go_backwards else inputs
                for step in tf.unstack(ordered, axis=1):
                    gates = tf.matmul(step, kernel) + tf.matmul(hidden, recurrent_kernel) + bias
                    i, f, c, o = tf.split(gates, 4, axis=1)
                    cell = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(c)
                    hidden = tf.sigmoid(o) * tf.tanh(cell)
                    steps.append(hidden)
                return hidden, tf.stack(steps, axis=1), hidden, cell, tf.constant(0.0)

            zeros = tf.zeros((sequences.shape[0], self.units))
            weights = (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
            return lstm(sequences, zeros, zeros, *map(tf.convert_to_tensor, weights))[0]

    return FusedLSTM


def layer_of(description, unroll, fused):
    """A Keras layer of the same class with the options that it knows; initializers do not matter."""
    from keras import layers

    name, given = description["class"], dict(description["config"])
    kind = fused_lstm() if fused and name == "LSTM" else getattr(layers, name)
    if kind is layers.Bidirectional:
        inner = {"class": given["layer"]["class_name"], "config": given["layer"]["config"]}
        return layers.Bidirectional(layer_of(inner, unroll, fused), merge_mode=given["merge_mode"], name=given["name"])
    known = inspect.signature(getattr(layers, name).__init__).parameters
    left_out = ("_initializer", "_regularizer", "_constraint", "dtype", "batch_input_shape")
    config = {key: value for key, value in given.items() if key in known and not key.endswith(left_out)}
    if "unroll" in known:
        config["unroll"] = unroll
    # The form of gated recurrent units that tfjs has.
    if "reset_after" in known:
        config["reset_after"] = False
    return kind(**config)


def build(folder, batch=None, unroll=False, fused=False):
    import keras

    manifest = json.loads((folder / "manifest.json").read_text())
    raw, start, made = np.fromfile(folder / "weights", np.float32), 0, {}
    for description in manifest["layers"]:
        config = description["config"]
        if description["class"] == "InputLayer":
            made[config["name"]] = image = keras.Input(batch_shape=(batch, *config["batch_input_shape"][1:]))
            continue
        layer = layer_of(description, unroll, fused)
        inputs = [made[name] for name in description["inputs"]]
        made[config["name"]] = layer(inputs[0] if len(inputs) == 1 else inputs)
        values = []
        for shape in description["weights"]:
            count = int(np.prod(shape))
            values.append(raw[start : start + count].reshape(shape))
            start += count
        layer.set_weights(values)
    if start != raw.size:
        raise ValueError(f"{raw.size} values for {start}")
    return keras.Model(image, made[manifest["layers"][-1]["config"]["name"]])


def data(folder, name):
    return np.split(np.fromfile(folder / name, np.float32), json.loads((folder / "manifest.json").read_text())["images"])


def convert(folder, *_):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    results = {}
    for name, options in json.loads((folder / "manifest.json").read_text())["peer"].items():
        try:
            model = build(folder, **options)
            shape = (1, *model.input_shape[1:])
            for values, expected in zip(data(folder, "inputs"), data(folder, "expected")):
                difference = np.abs(model.predict(values.reshape(shape), verbose=0).ravel() - expected).max()
                if difference > 1e-4 * max(1, np.abs(expected).max()):
                    raise ValueError(f"Keras differs from tfjs by {difference}")
            start = time.perf_counter()
            converted = tf.lite.TFLiteConverter.from_keras_model(model).convert()
            results[name] = {"seconds": time.perf_counter() - start}
            (folder / f"TFLiteConverter, {name}.tflite").write_bytes(converted)
        except Exception as error:
            results[name] = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    return results


def delegation(runner):
    """Pieces that the delegate takes, and the operators met on the way back from the outputs that it does not."""
    nodes = runner._get_ops_details()
    delegated = [node for node in nodes if node["op_name"] == "DELEGATE"]
    producers = {int(t): node for node in nodes for t in node["outputs"]}
    producers.update({int(t): node for node in delegated for t in node["outputs"]})
    waiting, met = [int(detail["index"]) for detail in runner.get_output_details()], {}
    while waiting:
        node = producers.get(waiting.pop())
        if node is None or node["index"] in met:
            continue
        met[node["index"]] = node["op_name"]
        waiting += [int(t) for t in node["inputs"]]
    return len(delegated), collections.Counter(name for name in met.values() if name != "DELEGATE")


def subgraph_operators(path):
    """Of all subgraphs, by type."""
    from ai_edge_litert import schema_py_generated as schema

    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    model = schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)
    codes = [names[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in model.operatorCodes]
    return collections.Counter(codes[op.opcodeIndex] for graph in model.subgraphs for op in graph.operators or [])


def measure(folder, number):
    """Median milliseconds at batch 1, one thread, in rounds of all files in turn; and what the files answer."""
    from ai_edge_litert.interpreter import Interpreter

    inputs, expected = data(folder, "inputs"), data(folder, "expected")
    paths = sorted(folder.glob("*.tflite"))
    turn = int(number) % len(paths)
    results, runners = {}, {}
    for path in paths[turn:] + paths[:turn]:
        runner = Interpreter(model_path=str(path), num_threads=1)
        runner.allocate_tensors()
        given, answer = runner.get_input_details()[0], runner.get_output_details()[0]["index"]

        def ask(values):
            runner.set_tensor(given["index"], values.reshape(given["shape"]))
            runner.invoke()
            return runner.get_tensor(answer).ravel()

        pairs = [(ask(values), wanted) for values, wanted in zip(inputs, expected)]
        pieces, outside = delegation(runner)
        spread = float(np.ptp(expected))
        differences = [float(np.abs(got - wanted).max()) / spread for got, wanted in pairs]
        results[path.stem] = {
            "bytes": path.stat().st_size,
            "operators": subgraph_operators(path),
            "partitions": pieces,
            "outside": outside,
            "difference": differences[0],
            "again": max(differences[1:]),
        }
        runners[path.stem] = runner
    rounds = collections.defaultdict(list)
    for turn in range(ROUNDS):
        # Whoever comes second finds the other's weights in the cache.
        for name in sorted(runners, reverse=turn % 2 == 1):
            start, times = time.perf_counter(), 0
            while time.perf_counter() - start < ROUND_SECONDS:
                runners[name].invoke()
                times += 1
            rounds[name].append((time.perf_counter() - start) / times * 1000)
    for name, values in rounds.items():
        results[name]["milliseconds"] = float(np.median(values))
    return results


print(json.dumps({"convert": convert, "measure": measure}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
