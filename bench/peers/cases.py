"""Runs a folder of cases (cases.ts) in one runtime and prints, as JSON, which gave other numbers than tfjs."""

import json
import os
import sys
from pathlib import Path

import numpy as np

TYPES = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}


def array(values):
    data = np.array([float(v) for v in values["data"]]).astype(TYPES[values["dtype"]])
    return data.reshape(values["shape"])


def with_interpreter(path, inputs, outputs):
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tflite_runtime.interpreter import Interpreter
    model = Interpreter(model_path=str(path), num_threads=1)
    details = model.get_input_details()
    resized = False
    for detail, value in zip(details, inputs):
        if list(detail["shape"]) != list(value.shape):
            model.resize_tensor_input(detail["index"], value.shape)
            resized = True
    model.allocate_tensors()
    for detail, value in zip(details, inputs):
        model.set_tensor(detail["index"], value)
    model.invoke()
    return [model.get_tensor(detail["index"]) for detail in model.get_output_details()]


def with_compiled(path, inputs, outputs):
    from ai_edge_litert.compiled_model import CompiledModel

    model = CompiledModel.from_file(str(path))
    for index, value in enumerate(inputs):
        if value.ndim > 0:
            model.resize_input_tensor(index, list(value.shape))
    given, made = model.create_input_buffers(0), model.create_output_buffers(0)
    for buffer, value in zip(given, inputs):
        buffer.write(np.ascontiguousarray(value))
    model.run_by_index(0, given, made)
    result = []
    for buffer, like in zip(made, outputs):
        kind = like.dtype.type
        result.append(np.array(buffer.read(max(1, like.size), kind)).reshape(like.shape))
    return result


def with_micro(path, inputs, outputs):
    from tflite_micro.python.tflite_micro import runtime

    model = runtime.Interpreter.from_file(str(path), arena_size=1 << 22)
    for index, value in enumerate(inputs):
        model.set_input(value, index)
    model.invoke()
    return [model.get_output(index) for index in range(len(outputs))]


WAYS = {"interpreter": with_interpreter, "compiled": with_compiled, "micro": with_micro}


def name_of(way):
    if way == "micro":
        return "TensorFlow Lite for Microcontrollers"
    try:
        import ai_edge_litert

        return f"ai-edge-litert {ai_edge_litert.__version__}, {way}"
    except ImportError:
        return "tflite-runtime 2.14"


def problem(case, folder, way):
    inputs = [array(value) for value in case["inputs"]]
    expected = {name: array(value) for name, value in case["outputs"].items()}
    made = WAYS[way](folder / case["file"], inputs, list(expected.values()))
    # A signature's outputs are listed in the order of the subgraph, as the names are.
    for (name, want), got in zip(expected.items(), made):
        if list(got.shape) != list(want.shape):
            return f"{name} is {list(got.shape)}, expected {list(want.shape)}"
        if want.dtype == np.bool_:
            wrong = got.astype(bool) != want
        else:
            a, b = got.astype(np.float64), want.astype(np.float64)
            finite = np.abs(b[np.isfinite(b)])
            scale = finite.max() if finite.size else 0.0
            if "magnitudes" in case:
                scale = max(scale, np.abs(array(case["magnitudes"][name])).max(initial=0.0))
            with np.errstate(invalid="ignore"):
                near = np.abs(a - b) <= case["tolerance"] * scale
            wrong = ~(near | (a == b) | (np.isnan(a) & np.isnan(b)))
        if wrong.any():
            at = np.argwhere(np.atleast_1d(wrong))[0].tolist()
            pick = lambda x: np.atleast_1d(x)[tuple(at)]
            return f"{name}{at} is {pick(got)}, expected {pick(want)}"
    return None


def main(way, folder):
    folder = Path(folder)
    cases = json.loads((folder / "cases.json").read_text())
    failed, passed = [], 0
    for index, case in enumerate(cases):
        # What a runtime cannot stand ends its process: a child for each run of cases keeps that apart.
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                why = problem(case, folder, way)
            except Exception as error:  # noqa: BLE001
                why = str(error).splitlines()[0] if str(error) else type(error).__name__
            os.write(writer, json.dumps(why).encode()[:60000])
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            answer = stream.read()
        os.waitpid(child, 0)
        why = json.loads(answer) if answer else "the runtime ended the process"
        if why is None:
            passed += 1
        else:
            failed.append({"name": case["name"], "why": why})
    print(json.dumps({"runtime": name_of(way), "passed": passed, "failed": failed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
