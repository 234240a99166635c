/**
 * The enumerations of the TensorFlow Lite schema, each in the order of its values (all of them count up
 * from 0). Source: `tflite/converter/schema/schema.fbs` of google-ai-edge/LiteRT, revision f677574.
 */
export const ENUMS = {
  TensorType: [
    "FLOAT32",
    "FLOAT16",
    "INT32",
    "UINT8",
    "INT64",
    "STRING",
    "BOOL",
    "INT16",
    "COMPLEX64",
    "INT8",
    "FLOAT64",
    "COMPLEX128",
    "UINT64",
    "RESOURCE",
    "VARIANT",
    "UINT32",
    "UINT16",
    "INT4",
    "BFLOAT16",
    "INT2",
    "UINT4",
    "FLOAT8_E4M3FN",
    "FLOAT8_E5M2",
  ],
  DimensionType: ["DENSE", "SPARSE_CSR"],
  StablehloPrecisionConfig: ["DEFAULT", "HIGH", "HIGHEST"],
  StablehloComparisonDirection: [
    "STABLEHLO_COMPARISON_DIRECTION_EQ",
    "STABLEHLO_COMPARISON_DIRECTION_NE",
    "STABLEHLO_COMPARISON_DIRECTION_GE",
    "STABLEHLO_COMPARISON_DIRECTION_GT",
    "STABLEHLO_COMPARISON_DIRECTION_LE",
    "STABLEHLO_COMPARISON_DIRECTION_LT",
  ],
  StablehloComparisonType: [
    "STABLEHLO_COMPARISON_TYPE_NOTYPE",
    "STABLEHLO_COMPARISON_TYPE_FLOAT",
    "STABLEHLO_COMPARISON_TYPE_FLOAT_TOTAL_ORDER",
    "STABLEHLO_COMPARISON_TYPE_SIGNED",
    "STABLEHLO_COMPARISON_TYPE_UNSIGNED",
  ],
  RngAlgorithm: ["DEFAULT", "PHILOX", "THREEFRY"],
  Padding: ["SAME", "VALID"],
  ActivationFunctionType: ["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"],
  LSHProjectionType: ["UNKNOWN", "SPARSE", "DENSE"],
  FullyConnectedOptionsWeightsFormat: ["DEFAULT", "SHUFFLED4x16INT8"],
  LSTMKernelType: ["FULL", "BASIC"],
  CombinerType: ["SUM", "MEAN", "SQRTN"],
  MirrorPadMode: ["REFLECT", "SYMMETRIC"],
  CustomOptionsFormat: ["FLEXBUFFERS"],
} as const;

/** Bytes of an enumeration's values where it is not one: the schema's `enum X : uint`. */
export const WIDE_ENUMS: ReadonlySet<string> = new Set([
  "StablehloPrecisionConfig",
  "StablehloComparisonDirection",
  "StablehloComparisonType",
]);
