/**
 * Threads of a session stay awake between operators, which is quickest where the machine is the app's own, and takes cores from
 * whatever else runs there. `PATCHBAY_SPIN=0` lets them sleep. In the form of ONNX Runtime's `session.intra_op.allow_spinning`.
 */
export const THREADS = process.env.PATCHBAY_SPIN === '0' ? { intra_op: { allow_spinning: '0' } } : {};
