/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
/** The program of a thread of the sandbox: runs one job after the other, each in a new machine. */
import { parentPort, workerData } from 'node:worker_threads';
import variant from '@jitl/quickjs-singlefile-mjs-release-sync';
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import type { SandboxJob, SandboxLimits } from '../sandbox.ts';
import { cpuMs } from './cpu-ms.ts';
import { runHandler } from './run-handler.ts';

const port = parentPort;
if (port === null) throw new Error('this program runs in a thread');
const quickJs = await newQuickJSWASMModuleFromVariant(variant);
port.on('message', (job: SandboxJob) => {
  const startedMs = cpuMs();
  const result = runHandler(quickJs, job, workerData as SandboxLimits);
  port.postMessage({ result, cpuMs: cpuMs() - startedMs });
});
port.postMessage('ready');
