// Going through a list in pieces; the cursor stands in the address, so that the browser's own back goes back.
import { link, route } from '../route/route';
import { common } from './texts';

export function Pager({ next }: { next: string | undefined }) {
  const { path, query } = route.value;
  const filters = Object.fromEntries(query);
  const isFirst = !filters['cursor'];
  if (isFirst && !next) return null;
  return (
    <nav class="pager" aria-label={common('next')}>
      {!isFirst && <a href={link(path, { ...filters, cursor: undefined })}>{common('first')}</a>}
      {next && <a href={link(path, { ...filters, cursor: next })}>{common('next')}</a>}
    </nav>
  );
}
