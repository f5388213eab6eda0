// Export a list, or all lists, as a file: in the settings, and as a dialog of a list.

import { listName } from '../../format/list_name.js';
import { problemText } from '../../format/problems.js';
import { message, t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { saveFile } from '../base/save_file.js';
import { View } from '../base/view.js';

/**
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

/**
 * The formats, with the endings of their files and what they leave out.
 *
 * @type {[string, string, string, string][]}
 */
const FORMATS = [
  [
    'json',
    message('JSON, to import it again'),
    'json',
    message('Has everything but attached files and the reminders of others.'),
  ],
  [
    'zip',
    message('JSON with files, as an archive (ZIP)'),
    'zip',
    message('Has everything but the reminders of others: up to 5,000 attached files of 1 GB.'),
  ],
  [
    'csv',
    message('CSV, for spreadsheets'),
    'csv',
    message('Without comments, reminders, past dates of repeating todos, metadata and colours.'),
  ],
  [
    'icalendar',
    message('iCalendar, for calendars'),
    'ics',
    message('Without comments, past dates of repeating todos, assignees, metadata and colours.'),
  ],
  [
    'markdown',
    message('Markdown, to read'),
    'md',
    message(
      'Without comments, reminders, repetitions, priorities, assignees, metadata and colours.',
    ),
  ],
];

/** @extends {View<{listId: string | null} & Partial<UsedProps>>} */
export class ListExport extends View {
  #format = 'json';
  #problem = '';
  #busy = false;

  render() {
    const { listId } = this.props;
    const list = listId ? this.state.lists[listId] : null;
    return [
      list ? h('h2', { id: 'dialog-title' }, t('Export “{list}”', { list: listName(list) })) : h(
        'p',
        { class: 'quiet' },
        t('All your lists as one file. What is in the trash is left out.'),
      ),
      this.#choice(),
      h(
        'div',
        { class: 'dialog-end' },
        list
          ? h('button', { class: 'button', onClick: () => this.app.ui.closeDialog() }, t('Cancel'))
          : null,
        h(
          'button',
          {
            class: 'button primary',
            autofocus: Boolean(list),
            disabled: this.#busy,
            onClick: () => this.#export(),
          },
          icon('download'),
          t('Export'),
        ),
      ),
      h('p', { class: 'problem', role: 'alert', hidden: !this.#problem }, this.#problem),
    ];
  }

  #choice() {
    // In the settings one may be open below the dialog of a list.
    const id = `export-format-${this.props.listId ?? 'all'}`;
    return h(
      'div',
      { class: 'field' },
      h('label', { for: id }, t('Format')),
      h(
        'select',
        {
          id,
          name: 'format',
          class: 'input',
          onChange: ({ target }) => {
            if (target instanceof HTMLSelectElement) this.#format = target.value;
            this.redraw();
          },
          'aria-describedby': `${id}-hint`,
        },
        FORMATS.map(([format, text]) => h('option', { value: format }, t(text))),
      ),
      h('p', { id: `${id}-hint`, class: 'quiet' }, t(this.#chosen()[3])),
    );
  }

  #chosen() {
    return FORMATS.find(([format]) => format === this.#format) ?? FORMATS[0];
  }

  async #export() {
    const { listId } = this.props;
    const path = listId ? `/lists/${listId}/export` : '/users/me/list-export';
    const ending = this.#chosen()[2];
    const name = (listId && listName(this.state.lists[listId])) || t('Lists');
    this.#busy = true;
    this.#problem = '';
    this.draw();
    try {
      const content = await this.app.session.download(`${path}?format=${this.#format}`);
      saveFile(content, `${name}.${ending}`);
      if (listId) this.app.ui.closeDialog();
    } catch (error) {
      this.#problem = problemText(error);
    }
    this.#busy = false;
    this.redraw();
  }
}

customElements.define('ll-list-export', ListExport);
