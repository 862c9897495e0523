import './elementwise.ts';
import './fused.ts';
import './linear-algebra.ts';
import './movement.ts';
import './normalisation.ts';
import './reduction.ts';
