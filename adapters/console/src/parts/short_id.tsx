// A long id as its beginning and end; the whole of it is copied by a click.
import { useSignal } from '@preact/signals';
import { common } from './texts';

const SHOWN_MAX = 24;

export function ShortId({ id }: { id: string }) {
  const copied = useSignal(false);
  const copy = async () => {
    // Without a secure context there is no clipboard; the title still shows the id.
    await navigator.clipboard?.writeText(id).then(
      () => {
        copied.value = true;
      },
      () => undefined,
    );
  };
  return (
    <button
      type="button"
      class="short-id mono"
      title={id}
      onClick={() => void copy()}
      onBlur={() => {
        copied.value = false;
      }}
    >
      {copied.value ? common('copied') : shortened(id)}
      <span class="hidden"> {common('copy', { text: id })}</span>
    </button>
  );
}

/** `rent-01a22e93-5e46-…-f25af8198d32` as `rent-…98d32`: ids of one time begin alike. */
export function shortened(id: string): string {
  const match = /^([a-z]+-)?[0-9a-f]{8}-[0-9a-f-]{22}([0-9a-f]{5})$/.exec(id);
  if (match) return `${match[1] ?? ''}…${match[2]}`;
  return id.length > SHOWN_MAX ? `${id.slice(0, 8)}…${id.slice(-8)}` : id;
}
