"""Runs the files of a folder in the runtime of this Python (ai-edge-litert or tflite-runtime) and prints JSON."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

try:
    from ai_edge_litert.compiled_model import CompiledModel
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    from tflite_runtime.interpreter import Interpreter

    CompiledModel = None

ROUNDS = 21
ROUND_SECONDS = 0.02


def interpreter(path, batch):
    result = Interpreter(model_path=str(path), num_threads=1)
    given = result.get_input_details()[0]
    if batch != 1:
        result.resize_tensor_input(given["index"], [batch, *given["shape"][1:]])
    result.allocate_tensors()
    return result


def run_interpreter(path, inputs, batch):
    runner = interpreter(path, batch)
    given, answer = runner.get_input_details()[0]["index"], runner.get_output_details()[0]["index"]
    outputs = []
    for start in range(0, len(inputs), batch):
        runner.set_tensor(given, inputs[start : start + batch])
        runner.invoke()
        outputs.append(runner.get_tensor(answer))
    return np.concatenate(outputs)


def run_compiled(path, inputs, batch):
    model = CompiledModel.from_file(str(path))
    if batch != 1:
        model.resize_input_tensor(0, [batch, *inputs.shape[1:]])
    given, answers = model.create_input_buffers(0), model.create_output_buffers(0)
    width = width_of(path)
    outputs = []
    for start in range(0, len(inputs), batch):
        given[0].write(np.ascontiguousarray(inputs[start : start + batch]))
        model.run_by_index(0, given, answers)
        outputs.append(np.array(answers[0].read(batch * width, np.float32)).reshape(batch, width))
    return np.concatenate(outputs)


def width_of(path):
    return int(interpreter(path, 1).get_output_details()[0]["shape"][-1])


def operators(path):
    """Without delegates; names in order."""
    runner = interpreter(path, 1)
    return [op["op_name"] for op in runner._get_ops_details() if op["op_name"] != "DELEGATE"]


def partitions(path, batch):
    """How many parts XNNPACK takes, and how many operators stay outside: those met on the way back from the outputs."""
    runner = interpreter(path, batch)
    nodes = runner._get_ops_details()
    delegated = [node for node in nodes if node["op_name"] == "DELEGATE"]
    producers = {int(t): node for node in nodes for t in node["outputs"]}
    producers.update({int(t): node for node in delegated for t in node["outputs"]})
    open_tensors = [int(detail["index"]) for detail in runner.get_output_details()]
    met = {}
    while open_tensors:
        node = producers.get(open_tensors.pop())
        if node is None or node["index"] in met:
            continue
        met[node["index"]] = node["op_name"]
        open_tensors += [int(t) for t in node["inputs"]]
    outside = sorted(name for name in met.values() if name != "DELEGATE")
    return {"count": len(delegated), "outside": outside}


def latencies(paths, inputs):
    """Median milliseconds at batch 1, one thread; rounds of all files in turn."""
    runners = {}
    for label, path in paths.items():
        runner = interpreter(path, 1)
        runner.set_tensor(runner.get_input_details()[0]["index"], inputs[:1])
        start = time.perf_counter()
        for _ in range(5):
            runner.invoke()
        runners[label] = (runner, max(3, int(ROUND_SECONDS / ((time.perf_counter() - start) / 5))))
    rounds = {label: [] for label in paths}
    for _ in range(ROUNDS):
        for label, (runner, times) in runners.items():
            start = time.perf_counter()
            for _ in range(times):
                runner.invoke()
            rounds[label].append((time.perf_counter() - start) / times * 1000)
    return {label: float(np.median(values)) for label, values in rounds.items()}


WAYS = {"Interpreter": run_interpreter, "CompiledModel": run_compiled}


def load(folder, name):
    entry = next(entry for entry in json.loads((folder / "manifest.json").read_text()) if entry["name"] == name)
    inputs = np.fromfile(folder / f"{name}.inputs", np.float32).reshape(-1, *entry["input"])
    return inputs, np.fromfile(folder / f"{name}.expected", np.float32).reshape(len(inputs), -1)


def difference(folder, name, maker, way, batch):
    inputs, expected = load(Path(folder), name)
    path = Path(folder) / f"{name}.{maker}.tflite"
    return float(np.abs(WAYS[way](path, inputs, int(batch)) - expected).max())


def attempt(*arguments):
    """The largest difference, or the reason why there is none; in a process of its own, since some files crash it."""
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return float(done.stdout)
    reason = f"crash ({signal.Signals(-done.returncode).name})" if done.returncode < 0 else "error"
    errors = [line for line in done.stderr.splitlines() if "Error: " in line and not line.startswith(("INFO", "WARNING"))]
    return ": ".join([reason, *errors[-1:]])[:160]


def main(folder):
    results = []
    for entry in json.loads((folder / "manifest.json").read_text()):
        name = entry["name"]
        inputs, _ = load(folder, name)
        paths = {maker: folder / f"{name}.{maker}.tflite" for maker in ("ours", "peer")}
        times = latencies(paths, inputs)
        ways = [way for way in WAYS if way == "Interpreter" or CompiledModel is not None]
        for maker, path in paths.items():
            results.append(
                {
                    "model": name,
                    "maker": maker,
                    "bytes": path.stat().st_size,
                    "operators": operators(path),
                    "partitions": {str(batch): partitions(path, batch) for batch in (1, 5)},
                    "milliseconds": times[maker],
                    "differences": {
                        f"{way}, batch {batch}": attempt(folder, name, maker, way, batch)
                        for way in ways
                        for batch in (1, 5)
                    },
                }
            )
    print(json.dumps(results))


if len(sys.argv) == 2:
    main(Path(sys.argv[1]))
else:
    print(difference(*sys.argv[1:]))
