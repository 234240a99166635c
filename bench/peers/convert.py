"""Converts the same weights with TFLiteConverter: convert.py FOLDER, as export.ts has filled it; prints seconds."""

import json
import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def mlp():
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def cnn():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def resnet50v2():
    """Layer for layer what bench/models.ts builds, in the same order."""

    def relu(x):
        return layers.Activation("relu")(layers.BatchNormalization(epsilon=1.001e-5)(x))

    def block(x, filters, strides, widens):
        start = relu(x)
        shortcut = layers.MaxPooling2D(1, strides=strides)(x) if strides > 1 else x
        if widens:
            shortcut = layers.Conv2D(4 * filters, 1, strides=strides)(start)
        y = layers.Conv2D(filters, 1, use_bias=False)(start)
        y = layers.ZeroPadding2D(1)(relu(y))
        y = layers.Conv2D(filters, 3, strides=strides, use_bias=False)(y)
        y = layers.Conv2D(4 * filters, 1)(relu(y))
        return layers.Add()([shortcut, y])

    image = keras.Input((32, 32, 1))
    x = layers.Conv2D(64, 7, strides=2)(layers.ZeroPadding2D(3)(image))
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    for filters, blocks, strides in [(64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1)]:
        for index in range(blocks):
            x = block(x, filters, strides if index == blocks - 1 else 1, index == 0)
    x = layers.GlobalAveragePooling2D()(relu(x))
    return keras.Model(image, layers.Dense(10, activation="softmax")(x))


BUILDERS = {"mlp": mlp, "cnn": cnn, "resnet50v2": resnet50v2}


def set_weights(model, weights, raw):
    """Layer by layer, in the order of creation; tfjs lists trainable weights before the others, Keras does not."""
    trainable, others, start = [], [], 0
    for weight in weights:
        count = int(np.prod(weight["shape"]))
        value = raw[start : start + count].reshape(weight["shape"])
        start += count
        (others if "moving" in weight["name"] else trainable).append(value)
    if start != raw.size:
        raise ValueError(f"{raw.size} values for {start}")
    for target, source in ((model.trainable_weights, trainable), (model.non_trainable_weights, others)):
        if [tuple(w.shape) for w in target] != [v.shape for v in source]:
            raise ValueError("the models differ")
        for weight, value in zip(target, source):
            weight.assign(value)


def main(folder):
    seconds = {}
    for entry in json.loads((folder / "manifest.json").read_text()):
        name = entry["name"]
        model = BUILDERS[name]()
        raw = np.fromfile(folder / f"{name}.weights", np.float32)
        set_weights(model, entry["weights"], raw)
        inputs = np.fromfile(folder / f"{name}.inputs", np.float32).reshape(-1, *entry["input"])
        expected = np.fromfile(folder / f"{name}.expected", np.float32).reshape(len(inputs), -1)
        difference = np.abs(model.predict(inputs, verbose=0) - expected).max()
        if difference > 1e-4:
            raise ValueError(f"{name}: Keras differs from tfjs by {difference}")
        start = time.perf_counter()
        converted = tf.lite.TFLiteConverter.from_keras_model(model).convert()
        seconds[name] = time.perf_counter() - start
        (folder / f"{name}.peer.tflite").write_bytes(converted)
    print(json.dumps(seconds))


main(Path(sys.argv[1]))
