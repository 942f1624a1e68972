// Filters of a list. They stand in the address, so that a filtered list can be sent to somebody.
import { useEffect, useRef } from 'preact/hooks';
import { filter, route } from '../route/route';
import { common } from './texts';

export type FilterField =
  | { name: string; label: string; kind: 'text'; placeholder?: string }
  | { name: string; label: string; kind: 'choice'; options: readonly (readonly [value: string, text: string])[] };

export function Filters({ fields, label }: { fields: readonly FilterField[]; label: string }) {
  const { query } = route.value;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // The fields keep the focus, and say what the address says, also after going back.
    for (const { name } of fields) {
      const input = form.current?.elements.namedItem(name);
      if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement) input.value = query.get(name) ?? '';
    }
  }, [query.toString()]);
  const isFiltered = fields.some((field) => query.get(field.name));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget as HTMLFormElement);
    filter(Object.fromEntries(fields.map(({ name }) => [name, String(values.get(name) ?? '').trim() || undefined])));
  };
  const clear = () => {
    filter(Object.fromEntries(fields.map(({ name }) => [name, undefined])));
    // This button goes away with the filters.
    form.current?.querySelector<HTMLElement>('input, select')?.focus();
  };
  return (
    <form ref={form} class="filters" role="search" aria-label={label} onSubmit={submit}>
      {fields.map((field) => (
        <Input key={field.name} field={field} />
      ))}
      <button type="submit">{common('apply')}</button>
      {isFiltered && (
        <button type="button" class="plain" onClick={clear}>
          {common('clear')}
        </button>
      )}
    </form>
  );
}

function Input({ field }: { field: FilterField }) {
  if (field.kind === 'text') {
    return (
      <label class="field">
        <span>{field.label}</span>
        <input name={field.name} placeholder={field.placeholder ?? ''} autocomplete="off" data-filter />
      </label>
    );
  }
  return (
    <label class="field">
      <span>{field.label}</span>
      <select name={field.name} onChange={(event) => event.currentTarget.form?.requestSubmit()}>
        <option value="">{common('all')}</option>
        {field.options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
