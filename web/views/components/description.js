// The description of a todo: drawn as Markdown, and a text field while it is edited or empty.

import { toggleTask } from '../../format/markdown/blocks.js';
import { t } from '../../languages/translate.js';
import { placeOf } from '../../store/drafts.js';
import '../base/draft_field.js';
import { h } from '../base/dom.js';
import { View } from '../base/view.js';
import { markdown } from '../base/markdown.js';

/**
 * @import { Todo } from '../../types/client.d.ts'
 * @import { DraftProps } from '../base/draft_field.js'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

// A click on one of these is for it, not for the text around it.
const CONTROLS = 'a, button, input';

/** @extends {View<{todo: Todo, mayEdit: boolean, field: DraftProps} & UsedProps>} */
export class Description extends View {
  static watches = true;
  #isEdited = false;

  connected() {
    this.addEventListener('focusin', this.#note);
    this.addEventListener('focusout', this.#leave);
  }

  disconnected() {
    this.removeEventListener('focusin', this.#note);
    this.removeEventListener('focusout', this.#leave);
  }

  /** @param {FocusEvent} event */
  #note = ({ target }) => {
    // What is typed into an empty field is saved before the user has finished.
    if (target instanceof HTMLTextAreaElement) this.#isEdited = true;
  };

  /** @param {FocusEvent} event */
  #leave = ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && this.contains(relatedTarget)) return;
    this.#isEdited = false;
    this.redraw();
  };

  render() {
    const { todo, mayEdit, field } = this.props;
    const isKept = mayEdit && this.app.drafts.get(placeOf('description', todo.id));
    if (!todo.description || this.#isEdited || isKept) {
      return [h('ll-draft-field', { key: 'field', ...field })];
    }
    return [
      h(
        'div',
        {
          key: 'text',
          class: `description ${mayEdit ? 'is-editable' : ''}`,
          onClick: (event) => this.#edit(event.target),
        },
        markdown(todo.description, mayEdit ? { onToggle: (line) => this.#toggle(line) } : {}),
        mayEdit
          ? h('button', {
            class: 'button small description-edit',
            onClick: () => this.#startEditing(),
          }, t('Edit description'))
          : null,
      ),
    ];
  }

  /** @param {EventTarget | null} target */
  #edit(target) {
    const isControl = target instanceof Element && target.closest(CONTROLS);
    // The text may be selected to be copied.
    const selects = getSelection()?.isCollapsed === false;
    if (this.props.mayEdit && !isControl && !selects) this.#startEditing();
  }

  #startEditing() {
    this.#isEdited = true;
    this.draw();
    const field = this.querySelector('textarea');
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }

  /** @param {number} line */
  #toggle(line) {
    const { todo, field } = this.props;
    const base = { base_seq: field.seq, saw: todo.description };
    field.onSave(toggleTask(todo.description, line), base);
  }
}

customElements.define('ll-description', Description);
