// Filters of a list. They stand in the address, so that a filtered list can be sent to somebody.
import { filter, route } from '../route/route';
import { common } from './texts';

export type FilterField =
  | { name: string; label: string; kind: 'text'; placeholder?: string }
  | { name: string; label: string; kind: 'choice'; options: readonly (readonly [value: string, text: string])[] };

export function Filters({ fields, label }: { fields: readonly FilterField[]; label: string }) {
  const { query } = route.value;
  const isFiltered = fields.some((field) => query.get(field.name));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    filter(Object.fromEntries(fields.map(({ name }) => [name, String(form.get(name) ?? '').trim() || undefined])));
  };
  return (
    <form class="filters" role="search" aria-label={label} onSubmit={submit} key={query.toString()}>
      {fields.map((field) => <Input key={field.name} field={field} value={query.get(field.name) ?? ''} />)}
      <button type="submit">{common('apply')}</button>
      {isFiltered && (
        <button type="button" class="plain"
          onClick={() => filter(Object.fromEntries(fields.map(({ name }) => [name, undefined])))}>
          {common('clear')}
        </button>
      )}
    </form>
  );
}

function Input({ field, value }: { field: FilterField; value: string }) {
  if (field.kind === 'text') {
    return (
      <label class="field">
        <span>{field.label}</span>
        <input name={field.name} defaultValue={value} placeholder={field.placeholder ?? ''} autocomplete="off"
          data-filter />
      </label>
    );
  }
  return (
    <label class="field">
      <span>{field.label}</span>
      <select name={field.name} onChange={(event) => event.currentTarget.form?.requestSubmit()}>
        <option value="" selected={value === ''}>{common('all')}</option>
        {field.options.map(([option, text]) => <option key={option} value={option} selected={option === value}>{text}</option>)}
      </select>
    </label>
  );
}
