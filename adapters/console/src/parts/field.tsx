// A field of a form, with its hint, or with what the service says is wrong in it.
import { createContext } from 'preact';
import { useContext, useId } from 'preact/hooks';

/** What is wrong in the fields of the form around, by their names. */
export const FieldErrors = createContext<ReadonlyMap<string, string>>(new Map());

interface FieldProps {
  name: string;
  label: string;
  hint?: string;
  kind?: 'text' | 'number' | 'email' | 'date';
  required?: boolean;
  maxLength?: number;
  min?: number;
  max?: number;
  pattern?: string;
  inputMode?: 'numeric';
  placeholder?: string;
  defaultValue?: string;
  /** The id of a list of suggestions. */
  list?: string;
}

export function Field({ label, hint, kind = 'text', ...input }: FieldProps) {
  const error = useContext(FieldErrors).get(input.name);
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={kind}
        autocomplete="off"
        spellcheck={false}
        {...input}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={error || hint ? `${id}-note` : undefined}
      />
      {(error || hint) && (
        <small id={`${id}-note`} class={error ? 'error' : ''}>
          {error ?? hint}
        </small>
      )}
    </div>
  );
}
