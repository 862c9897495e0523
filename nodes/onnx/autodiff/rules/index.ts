import './elementwise.ts';
import './linear-algebra.ts';
import './movement.ts';
import './normalisation.ts';
import './reduction.ts';
