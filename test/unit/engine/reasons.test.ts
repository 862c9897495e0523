import { expect, test } from 'vitest';
import { reasonOf } from '../../../electron/backend/runtime/providers.ts';

test.each([
  [
    '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:83 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n\n',
    'Failed to get a WebGPU adapter: No supported adapters',
  ],
  ['OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library', undefined],
  ['Exception during initialization: std::bad_alloc', undefined],
  ['', 'no reason given'],
])('of %j a person is told what went wrong, not where in the code', (thrown, told) => {
  expect(reasonOf(new Error(thrown))).toBe(told ?? thrown);
});
