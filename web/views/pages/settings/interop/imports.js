// Import a file: choose it, look at the preview, start, follow, cancel, read the report.

import { listName } from '../../../../format/list_name.js';
import { problemText } from '../../../../format/problems.js';
import { message, t } from '../../../../languages/translate.js';
import { may } from '../../../../store/queries.js';
import { h } from '../../../base/dom.js';
import { icon } from '../../../base/icons.js';
import { ReadSection } from '../parts/read_section.js';
import { options } from './import_options.js';
import { preview, problems, state } from './import_report.js';

/**
 * @import { EventFrame, ImportDetail, ImportShape } from '../../../../types/contract.d.ts'
 * @import { Answer } from '../../../../types/client.d.ts'
 */

const PATH = '/imports';
const INTRODUCTION = message(
  'Bring todos from another program, or from an export of this one. You see first what will ' +
    'come, and what cannot.',
);
const FILES = message(
  'A file of up to 128 MB: Livelist (JSON), CSV, Todoist, Trello, Vikunja, Microsoft To Do, ' +
    'Google Tasks, TickTick, iCalendar, Super Productivity, todo.txt or Markdown. ' +
    'An archive of Livelist (ZIP) may have 1.1 GB.',
);
const ENDED = new Set(['done', 'failed', 'cancelled']);

export class Imports extends ReadSection {
  /** @type {ImportDetail | null} the newest import */
  #shown = null;
  #problem = '';
  #busy = false;
  /** The name of a file that is uploaded, or could not be. */
  #chosen = '';
  /** Counts what was asked for: an earlier answer that comes later is old. */
  #loads = 0;

  /** @param {EventFrame} frame */
  receive(frame) {
    if (frame.event !== 'import.changed') return;
    const changed = frame.data.file_import;
    const shown = this.#shown;
    // Of these the event says all that there is.
    const isProgress = changed.state === 'running' ||
      (changed.state === 'previewing' && shown?.state === 'previewing');
    if (shown && changed.id === shown.id && isProgress) {
      this.#shown = { ...shown, ...changed };
      this.redraw();
    } else {
      this.#load(changed.id);
    }
  }

  /** Read the newest import. */
  async read() {
    /** @type {Answer<{items: ImportShape[]}>} */
    const { body } = await this.app.session.call('GET', PATH);
    const newest = body.items.find(({ state }) => !ENDED.has(state));
    if (newest) await this.#read(newest.id);
  }

  /** @param {string} id */
  async #read(id) {
    const load = ++this.#loads;
    /** @type {Answer<ImportDetail>} */
    const { body } = await this.app.session.call('GET', `${PATH}/${id}`);
    if (load !== this.#loads) return;
    const before = this.#shown;
    // While a file is read again, the server does not know its columns.
    const isReadAgain = body.state === 'previewing' && before?.id === id;
    this.#shown = isReadAgain ? { ...body, header: before.header } : body;
  }

  /** @param {string} id */
  async #load(id) {
    try {
      await this.#read(id);
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.redraw();
  }

  render() {
    const shown = this.#shown;
    const isOpen = shown !== null && !ENDED.has(shown.state);
    return [
      h('p', { class: 'quiet' }, t(INTRODUCTION)),
      shown ? this.#details(shown) : null,
      isOpen ? null : this.#choice(),
      this.failure(),
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
    ];
  }

  /** The field lies over the box, invisible: it takes clicks, keys and what is dropped there. */
  #choice() {
    return h(
      'div',
      { key: 'file', class: 'field' },
      h('label', { for: 'import-file' }, t('File to import')),
      h(
        'div',
        { class: 'file-drop' },
        h('span', { class: 'button', 'aria-hidden': 'true' }, icon('clip'), t('Choose a file')),
        h(
          'span',
          { id: 'import-chosen', class: `quiet ${this.#chosen ? '' : 'file-drop-hint'}` },
          this.#chosen || t('or drop it here'),
        ),
        h('input', {
          id: 'import-file',
          type: 'file',
          name: 'file',
          title: '',
          'aria-describedby': this.#chosen ? 'import-chosen' : 'import-files',
          disabled: this.#busy,
          onChange: ({ target }) => {
            const file = target instanceof HTMLInputElement ? target.files?.[0] : null;
            if (file) this.#upload(file);
          },
        }),
      ),
      h('p', { id: 'import-files', class: 'quiet' }, t(FILES)),
    );
  }

  /** @param {ImportDetail} shown */
  #details(shown) {
    const isOpen = !ENDED.has(shown.state);
    // The choices stay, and with them the focus, while the file is read as the last one says.
    const isReadAsChosen = shown.state === 'previewing' && shown.kind !== null;
    return h(
      'div',
      { key: shown.id, class: 'import-preview' },
      h('h3', null, shown.file_name),
      state(shown),
      shown.state === 'ready' || shown.state === 'failed' || isReadAsChosen
        ? options(shown, this.#lists(), (form) => this.#change(shown, form))
        : null,
      shown.state === 'ready' ? preview(shown) : null,
      problems(shown),
      h(
        'div',
        { class: 'buttons' },
        shown.state === 'ready'
          ? this.#button(t('Import'), 'primary', () => this.#post(shown, 'start'))
          : null,
        isOpen ? this.#button(t('Cancel'), '', () => this.#post(shown, 'cancel')) : null,
      ),
    );
  }

  /**
   * @param {string} label
   * @param {string} look
   * @param {() => void} onClick
   */
  #button(label, look, onClick) {
    return h(
      'button',
      { key: label, class: `button ${look}`, disabled: this.#busy, onClick },
      label,
    );
  }

  /** @returns {[string, string][]} */
  #lists() {
    return Object.values(this.state.lists)
      .filter(({ id }) => may(this.state, id, 'create_todo'))
      .map((list) => [list.id, listName(list)]);
  }

  /**
   * @param {ImportDetail} shown
   * @param {unknown} form
   */
  #change(shown, form) {
    if (!(form instanceof HTMLFormElement)) return;
    const values = Object.fromEntries(
      [...new FormData(form)].filter(([, value]) => typeof value === 'string' && value),
    );
    const { kind, list_id: listId, ...columns } = values;
    const body = { kind: kind ?? null, list_id: listId ?? null, columns };
    return this.#run(async () => {
      await this.app.session.call('PATCH', `${PATH}/${shown.id}`, { body });
      // Not with the event alone: until it comes, what is shown could be started.
      await this.#load(shown.id);
    });
  }

  /** @param {File} file */
  #upload(file) {
    this.#chosen = file.name;
    return this.#run(async () => {
      const query = new URLSearchParams({ file_name: file.name.slice(0, 200) });
      /** @type {ImportShape} */
      const made = await this.app.session.upload(`${PATH}?${query}`, file);
      await this.#load(made.id);
      // It is named above what was read of it.
      this.#chosen = '';
    });
  }

  /**
   * @param {ImportDetail} shown
   * @param {'start' | 'cancel'} verb
   */
  #post(shown, verb) {
    return this.#run(async () => {
      await this.app.session.call('POST', `${PATH}/${shown.id}/${verb}`);
      await this.#load(shown.id);
    });
  }

  /** @param {() => Promise<void>} work */
  async #run(work) {
    this.#busy = true;
    this.#problem = '';
    this.draw();
    try {
      await work();
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.#busy = false;
    this.redraw();
  }
}

customElements.define('ll-imports', Imports);
