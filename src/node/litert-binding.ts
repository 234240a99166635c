/**
 * What we use of the LiteRT WebAssembly module (`wasm/` of `@litertjs/core` 2.5): the names that it gives its
 * C++ classes. Every object but the module and enum values lives on the C++ side until `delete()`.
 */
export interface LiteRtBinding {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  setupLogging(): void;
  readonly LiteRtEnvironment: { create(webGpuDevice: null): Deletable };
  loadModel(environment: Deletable, pointer: number, bytes: number): LiteRtModel;
  compileModel(environment: Deletable, model: LiteRtModel, options: object): LiteRtCompiledModel;
  readonly LiteRtTensorBuffer: {
    createManaged(
      environment: Deletable,
      bufferType: EnumValue,
      tensorType: LiteRtTensorType,
      bytes: number,
    ): LiteRtTensorBuffer;
  };
  readonly LiteRtTensorBufferType: { readonly HOST_MEMORY: EnumValue };
  readonly LiteRtTensorBufferLockMode: { readonly READ: EnumValue; readonly WRITE: EnumValue };
}

export interface EnumValue {
  readonly value: number;
}

export interface Deletable {
  delete(): void;
}

export interface LiteRtVector<T> extends Deletable {
  size(): number;
  get(index: number): T;
}

export interface LiteRtModel extends Deletable {
  getNumSignatures(): number;
  getSignature(index: number): LiteRtSignature;
  getInputTensorType(signature: number, index: number): LiteRtTensorType;
  getOutputTensorType(signature: number, index: number): LiteRtTensorType;
}

export interface LiteRtSignature extends Deletable {
  key(): string;
  inputNames(): LiteRtVector<string>;
  outputNames(): LiteRtVector<string>;
}

export interface LiteRtTensorType extends Deletable {
  layout(): LiteRtLayout;
}

export interface LiteRtLayout extends Deletable {
  dimensions(): LiteRtVector<number>;
}

export interface LiteRtCompiledModel extends Deletable {
  run(signature: number, inputs: LiteRtTensorBuffer[]): LiteRtTensorBuffer[];
}

export interface LiteRtTensorBuffer extends Deletable {
  lock(mode: EnumValue): number;
  unlock(): void;
  packedSize(): number;
}
