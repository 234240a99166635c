/**
 * Starts the tfjs backend that models are loaded onto. Conversion computes little (what depends on constants
 * alone), so the plain one does: it comes with this package, which starts by npx with nothing beside it.
 */
export async function startCpu(): Promise<void> {
  const [{ backend, setBackend }] = await Promise.all([
    import("@tensorflow/tfjs-core"),
    import("@tensorflow/tfjs-backend-cpu"),
  ]);
  await setBackend("cpu");
  // At its first use it advertises another package on standard error.
  (backend() as { firstUse?: boolean }).firstUse = false;
}

/**
 * Runs work that computes a lot, on WebAssembly where that is installed: some thirty times faster. What needs a
 * kernel that WebAssembly lacks is run again on the plain backend.
 */
export async function onFastestBackend<T>(work: () => Promise<T>): Promise<T> {
  if (!(await startWasm())) {
    await startCpu();
    return work();
  }
  try {
    return await work();
  } catch (error) {
    if (!/not registered for (this )?backend/.test(String(error))) throw error;
    await startCpu();
    return work();
  }
}

async function startWasm(): Promise<boolean> {
  try {
    const [{ setBackend }] = await Promise.all([
      import("@tensorflow/tfjs-core"),
      import("@tensorflow/tfjs-backend-wasm"),
    ]);
    return await setBackend("wasm");
  } catch {
    return false;
  }
}
