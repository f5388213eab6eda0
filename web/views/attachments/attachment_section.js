// The files of one todo: those that are attached, and those on their way.

import { t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { Reading } from '../base/reading.js';
import { View } from '../base/view.js';
import { provideUploads } from './attachments_frame.js';
import { takeFiles } from './dropping.js';
import { aboutFile, downloadFile, filesOf, removeFile } from './file_actions.js';
import './lost_files.js';
import { isPicture } from './picture_viewer.js';
import { thumbnailOf } from './thumbnails.js';
import { Uploads } from './uploads.js';

/**
 * @import { AttachmentShape, Items_AttachmentShape_ } from '../../types/contract.d.ts'
 * @import { Answer, Todo } from '../../types/client.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 * @import { Upload } from './uploads.js'
 */

/** @type {Uploads | null} */
let uploads = null;

provideUploads((app) => {
  if (uploads) return uploads;
  uploads = new Uploads(app);
  takeFiles(app, uploads);
  return uploads;
});

/** @extends {View<{todo: Todo, mayAttach: boolean} & UsedProps>} */
export class Attachments extends View {
  static watches = true;
  /** @type {string | null} the todo whose files were requested */
  #requested = null;
  #reading = new Reading(this.app.store, () => this.#read(), this.redraw);
  /** @type {Set<string>} those that are being loaded by the user */
  #busy = new Set();
  /** Whether the focus was on a file before the last drawing. */
  #hadFocus = false;

  connected() {
    this.#reading.start();
    uploads?.addEventListener('change', this.redraw);
  }

  disconnected() {
    this.#reading.stop();
    uploads?.removeEventListener('change', this.redraw);
  }

  #fetch() {
    this.#requested = this.props.todo.id;
    this.#reading.run();
  }

  async #read() {
    const { todo } = this.props;
    this.app.store.openThread('attachments', todo.list_id, todo.id);
    const path = `/todos/${encodeURIComponent(todo.id)}/attachments`;
    /** @type {Answer<Items_AttachmentShape_>} */
    const { body } = await this.app.session.call('GET', path);
    this.app.store.takeThread('attachments', todo.list_id, todo.id, body.items);
  }

  /** The focus of a file that is gone goes to where the next one is attached. */
  drawn() {
    if (!this.#hadFocus || document.activeElement !== document.body) return;
    this.querySelector('input')?.focus();
  }

  render() {
    const { todo, mayAttach } = this.props;
    this.#hadFocus = Boolean(this.querySelector('.file-list')?.contains(document.activeElement));
    const thread = own(this.state.contents, todo.list_id)?.attachments[todo.id];
    const sending = uploads?.of(todo.id) ?? [];
    // Most todos have none, which needs no request. A new snapshot of the list drops the thread.
    const isMissing = !thread?.loaded &&
      (this.#requested !== todo.id || (!thread && this.#reading.error === null));
    if (!todo.pending && isMissing && todo.attachment_count > 0) {
      queueMicrotask(() => this.#fetch());
    }
    const files = filesOf(this.state, todo.list_id, todo.id);
    if (!mayAttach && todo.attachment_count === 0 && sending.length === 0) return [];
    return [
      h(
        'section',
        { class: 'detail-section files' },
        h('h2', null, t('Files')),
        thread?.loaded || todo.attachment_count === 0 ? null : this.#reading.note(
          t('Files are loaded when this device is online again.'),
          t('The files could not be loaded.'),
        ),
        h(
          'ul',
          { class: 'file-list' },
          files.map((file) => this.#file(file)),
          sending.map((upload) => this.#upload(upload)),
        ),
        mayAttach ? this.#chooser() : null,
      ),
    ];
  }

  /** @param {AttachmentShape} file */
  #file(file) {
    const picture = file.has_thumbnail ? thumbnailOf(this.app.session, file.id, this.redraw) : null;
    const isShown = isPicture(file);
    const about = aboutFile(this.app, file);
    // What can be read is in the name of the button, too.
    const name = `${file.name} ${about}`;
    return h(
      'li',
      { key: file.id, class: 'file' },
      h(
        'button',
        {
          class: 'file-open',
          disabled: this.#busy.has(file.id),
          'aria-label': isShown ? t('Show {name}', { name }) : t('Download {name}', { name }),
          'aria-haspopup': isShown ? 'dialog' : undefined,
          onClick: () => isShown ? this.#show(file) : this.#download(file),
        },
        picture
          ? h('img', { class: 'file-picture', src: picture, alt: '' })
          : h('span', { class: 'file-picture' }, icon('clip')),
        h(
          'span',
          { class: 'file-text' },
          h('span', { class: 'file-name' }, file.name),
          ' ',
          h('span', { class: 'quiet' }, about),
        ),
      ),
      this.props.mayAttach
        ? h('button', {
          class: 'icon-button small',
          'aria-label': t('Remove {name}', { name: file.name }),
          onClick: () => removeFile(this.app, file),
        }, icon('trash'))
        : null,
    );
  }

  /** @param {AttachmentShape} file */
  #show(file) {
    const { list_id: listId, id: todoId } = this.props.todo;
    this.app.ui.openDialog({ kind: 'picture', listId, todoId, file });
  }

  /** @param {Upload} upload */
  #upload(upload) {
    const isOver = upload.state === 'failed' || upload.state === 'refused';
    return h(
      'li',
      { key: upload.key, class: 'file' },
      h('span', { class: 'file-picture' }, icon('clip')),
      h(
        'span',
        { class: 'file-text' },
        h('span', { class: 'file-name' }, upload.name),
        upload.state === 'sending'
          ? h('progress', { max: '1', value: String(upload.sent), 'aria-label': t('Sending') })
          : h(
            'span',
            { class: isOver ? 'problem' : 'quiet', role: isOver ? 'alert' : 'status' },
            upload.problem || t('Waits for a connection.'),
          ),
      ),
      upload.state === 'failed'
        ? h('button', { class: 'link', onClick: () => uploads?.retry(upload) }, t('Try again'))
        : null,
      h('button', {
        class: 'icon-button small',
        'aria-label': t('Do not attach {name}', { name: upload.name }),
        onClick: () => uploads?.cancel(upload),
      }, icon('close')),
    );
  }

  #chooser() {
    /** @param {{target: EventTarget | null}} event */
    const chosen = ({ target }) => {
      if (!(target instanceof HTMLInputElement) || !target.files) return;
      uploads?.add(this.props.todo.id, [...target.files]);
      target.value = '';
    };
    return h(
      'div',
      { class: 'file-chooser' },
      h(
        'label',
        { class: 'button small' },
        icon('clip'),
        t('Attach files'),
        h('input', { type: 'file', name: 'files', multiple: true, onChange: chosen }),
      ),
      h(
        'label',
        { class: 'button small with-camera' },
        icon('camera'),
        t('Take a photo'),
        h('input', {
          type: 'file',
          name: 'photo',
          accept: 'image/*',
          capture: 'environment',
          onChange: chosen,
        }),
      ),
    );
  }

  /** @param {AttachmentShape} file */
  async #download(file) {
    this.#busy.add(file.id);
    this.redraw();
    await downloadFile(this.app, file);
    this.#busy.delete(file.id);
    this.redraw();
  }
}

customElements.define('ll-attachments', Attachments);
