// Where somebody at the desk begins: find a member or register one, enter a book, or take the tour.
import { useSignal } from '@preact/signals';
import { address } from '../../api/request';
import type { BookDetails, Member, MemberRow, Page } from '../../api/types';
import { number } from '../../i18n/format';
import { useResource } from '../../live/resource';
import { CommandForm } from '../../parts/command_form';
import { Field } from '../../parts/field';
import { MemberLink } from '../../parts/links';
import { Shown } from '../../parts/shown';
import { Table } from '../../parts/table';
import { go, link } from '../../route/route';
import { say } from './texts';
import { Tour } from './tour';

export function Counter() {
  return (
    <div class="columns">
      <div class="stack">
        <FindMember />
        <section class="panel">
          <h2>{say('registerMember')}</h2>
          <RegisterMember />
        </section>
        <section class="panel">
          <h2>{say('enterBook')}</h2>
          <EnterBook done={(book) => go(link(['desk', 'books', book.no]))} />
        </section>
      </div>
      <Tour />
    </div>
  );
}

function FindMember() {
  const search = useSignal('');
  const members = useResource<Page<MemberRow>>(address('/v1/members', { search: search.value, limit: 10 }), ['events']);
  const open = (event: SubmitEvent) => {
    event.preventDefault();
    const first = members.value?.items[0];
    if (search.value) go(link(['desk', 'members', first?.id ?? search.value]));
  };
  return (
    <section class="panel">
      <h2>{say('findMember')}</h2>
      <form class="inline-form" role="search" onSubmit={open}>
        <label class="field">
          <span>{say('idOrName')}</span>
          <input
            data-filter
            autocomplete="off"
            spellcheck={false}
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value.trim();
            }}
          />
        </label>
        <div class="buttons">
          <button type="submit">{say('open')}</button>
        </div>
      </form>
      {members.refusal?.isAbsent ? (
        <p class="fine">{say('listAbsent')}</p>
      ) : (
        <Shown of={members} isEmpty={(page) => page.items.length === 0} empty={say('noMembers')}>
          {(page) => (
            <Table
              caption={say('members')}
              rows={page.items}
              rowKey={(row) => row.id}
              columns={[
                { title: say('name'), cell: (row) => <MemberLink id={row.id} name={row.name} />, isHead: true },
                { title: say('id'), cell: (row) => <span class="mono clip">{row.id}</span> },
                { title: say('points'), cell: (row) => number(row.points), isNumber: true },
              ]}
            />
          )}
        </Shown>
      )}
    </section>
  );
}

export function RegisterMember({ id }: { id?: string }) {
  return (
    <CommandForm<Member>
      submit={say('register')}
      label={say('registerMember')}
      command={({ value }) => ({
        path: '/v1/members',
        body: { id: value('id'), name: value('name'), ...(value('email') && { email: value('email') }) },
      })}
      done={(member) => go(link(['desk', 'members', member.id]))}
    >
      <div class="fields">
        <Field name="id" label={say('id')} hint={say('idHint')} required maxLength={64} defaultValue={id ?? ''} />
        <Field name="name" label={say('name')} required maxLength={200} />
        <Field name="email" label={say('email')} kind="email" />
      </div>
    </CommandForm>
  );
}

export function EnterBook({ done }: { done: (book: BookDetails) => void }) {
  return (
    <CommandForm<BookDetails>
      submit={say('enter')}
      label={say('enterBook')}
      command={({ value }) => ({
        path: '/v1/books',
        body: {
          no: Number(value('no')),
          title: value('title'),
          available: value('available') === 'on',
          ...(value('author') && { author: value('author') }),
        },
      })}
      done={done}
    >
      <div class="fields">
        <Field name="no" label={say('number')} kind="number" min={1} required />
        <Field name="title" label={say('title')} required maxLength={200} />
        <Field name="author" label={say('author')} maxLength={200} />
      </div>
      <label class="check">
        <input type="checkbox" name="available" defaultChecked />
        {say('onShelf')}
      </label>
    </CommandForm>
  );
}
