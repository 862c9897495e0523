import { readConfig } from './config.ts';
import { Idefics3Processor } from './idefics3.ts';
import { JanusProcessor } from './janus.ts';
import { PlainProcessor } from './plain.ts';
import type { ImageProcessor } from './processor.ts';
import { Qwen2VLProcessor } from './qwen2-vl.ts';

/** Processors with steps of their own, by `image_processor_type`; every other type is plain. */
const OWN = {
  Idefics3ImageProcessor: Idefics3Processor,
  SmolVLMImageProcessor: Idefics3Processor,
  Qwen2VLImageProcessor: Qwen2VLProcessor,
  Qwen2_5_VLImageProcessor: Qwen2VLProcessor,
  VLMImageProcessor: JanusProcessor,
  JanusImageProcessor: JanusProcessor,
} as const;

/**
 * The image processor that a parsed `preprocessor_config.json` describes, held to transformers.js on Node: pictures
 * are sized as it sizes them, not as PIL does (see `RunContext.resample`). Throws a `NodeError` that names the field
 * where the file cannot be used.
 */
export function processorOf(preprocessor: unknown): ImageProcessor {
  const config = readConfig(preprocessor);
  const type = (config.image_processor_type ?? config.feature_extractor_type ?? '').replace(/Fast$/, '');
  const Processor = Object.entries(OWN).find(([name]) => name === type)?.[1] ?? PlainProcessor;
  return new Processor(config);
}
