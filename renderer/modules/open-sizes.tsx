interface OpenSizesProps {
  readonly open: readonly { readonly name: string; readonly size: number }[];
  readonly set: (name: string, size: number) => void;
}

/** Of a size that stands in a file as a name. */
const LARGEST = 1_000_000;

/** What an ONNX file leaves open, such as a batch: a field each, by which its operations are counted anew. */
export function OpenSizes({ open, set }: OpenSizesProps) {
  if (open.length === 0) return null;
  return (
    <fieldset className="modules-sizes">
      <legend>The file leaves open</legend>
      {open.map(({ name, size }) => (
        <label key={name}>
          <code>{name}</code>
          <input
            type="number"
            className="field num"
            defaultValue={size}
            min={0}
            max={LARGEST}
            step={1}
            required
            onChange={({ target }) => target.validity.valid && set(name, target.valueAsNumber)}
          />
        </label>
      ))}
    </fieldset>
  );
}
