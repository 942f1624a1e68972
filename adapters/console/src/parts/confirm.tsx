// A button whose command is asked about first: what it does, to which thing, and why.
import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Command } from '../api/request';
import { useAction } from './action';
import { Field } from './field';
import { Icon, type IconName } from './icon';
import { Refusal } from './refusal';
import { common } from './texts';

interface Props {
  label: string;
  icon?: IconName;
  /** What happens then, in a sentence or two. */
  explain: ComponentChildren;
  /** The name that has to be typed, for what cannot be taken back. */
  name?: string;
  reason: 'required' | 'optional' | 'none';
  /** Further fields of the form; they are read by their names. */
  children?: ComponentChildren;
  command: (fields: Fields) => Command;
  done?: () => void;
  isWide?: boolean;
}

export interface Fields {
  reason: string;
  /** The value of another field of the form. */
  value: (name: string) => string;
}

export function Confirm(props: Props) {
  const isOpen = useSignal(false);
  return (
    <>
      <button
        type="button"
        class={props.name ? 'danger' : ''}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {props.icon && <Icon name={props.icon} />}
        {props.label}
      </button>
      {isOpen.value && (
        <ConfirmDialog
          {...props}
          close={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}

function ConfirmDialog(props: Props & { close: () => void }) {
  const { label, explain, name, reason, children, command, done, close } = props;
  const action = useAction();
  const typed = useSignal('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const value = (field: string) => String(form.get(field) ?? '').trim();
    if (await action.run(command({ reason: value('reason'), value }))) {
      close();
      done?.();
    }
  };
  return (
    <Dialog title={label} close={close} isWide={props.isWide ?? false}>
      <form onSubmit={(event) => void submit(event)} class="stack">
        <div class="prose">{explain}</div>
        {children}
        {reason !== 'none' && (
          <Field
            name="reason"
            label={common('reason')}
            hint={common('reasonHint')}
            maxLength={500}
            required={reason === 'required'}
          />
        )}
        {name && (
          <label class="field">
            <span>{common('typeName', { name })}</span>
            <input
              name="confirmed-name"
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => {
                typed.value = event.currentTarget.value;
              }}
            />
          </label>
        )}
        {action.refusal && <Refusal of={action.refusal} />}
        <div class="buttons">
          <button type="button" onClick={close}>
            {common('cancel')}
          </button>
          <button
            type="submit"
            class={name ? 'danger primary' : 'primary'}
            disabled={action.isBusy || (name !== undefined && typed.value.trim() !== name)}
          >
            {action.isBusy ? common('working') : label}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface DialogProps {
  title: string;
  close: () => void;
  isWide?: boolean;
  children: ComponentChildren;
}

/** The browser's own dialog keeps the focus inside; who had it before gets it back. */
export function Dialog({ title, close, isWide, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={isWide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="plain" aria-label={common('close')} onClick={close}>
          <Icon name="bad" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
