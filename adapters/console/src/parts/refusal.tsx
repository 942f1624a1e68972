// What the service said when it refused or failed.
import type { Refused } from '../api/request';
import { problemTitle } from '../i18n/problems';
import { Icon } from './icon';
import { common } from './texts';

export function Refusal({ of: refused, retry }: { of: Refused; retry?: () => void }) {
  const { problem } = refused;
  return (
    <div class="refusal" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{problemTitle(refused.slug, problem.title)}</strong>
        <p>{problem.detail}</p>
        {problem.errors && (
          <ul>
            {problem.errors.map((error) => (
              <li key={error.field}>
                <code>{error.field}</code> {error.message}
              </li>
            ))}
          </ul>
        )}
        <p class="fine">
          {problem.type.startsWith('/problems/') && problem.status > 0 && (
            <a href={problem.type} target="_blank" rel="noreferrer">
              {common('about')}
            </a>
          )}
          {problem.instance && <span class="mono">{common('request', { id: problem.instance })}</span>}
        </p>
        {retry && (
          <button type="button" onClick={retry}>
            {common('retry')}
          </button>
        )}
      </div>
    </div>
  );
}
