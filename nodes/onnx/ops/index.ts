/** Every operator the builder knows; importing this defines them. */
import './control.ts';
import './elementwise.ts';
import './fused.ts';
import './imported.ts';
import './linear-algebra.ts';
import './normalisation.ts';
import './reduction.ts';
import './movement.ts';
