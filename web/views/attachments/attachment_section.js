// The files of one todo: those that are attached, and those on their way.

import { agoText } from '../../format/due.js';
import { problemText } from '../../format/problems.js';
import { t } from '../../languages/translate.js';
import { own } from '../../own.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { saveFile } from '../base/save_file.js';
import { View } from '../base/view.js';
import { provideUploads } from './attachments_frame.js';
import { LAST_CHANGE } from '../shell/undo_toasts.js';
import { takeFiles } from './dropping.js';
import './lost_files.js';
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
  #failed = false;
  /** @type {Set<string>} those that are being loaded by the user */
  #busy = new Set();

  connected() {
    uploads?.addEventListener('change', this.redraw);
  }

  disconnected() {
    uploads?.removeEventListener('change', this.redraw);
  }

  async #fetch() {
    const { todo } = this.props;
    this.#requested = todo.id;
    this.#failed = false;
    this.app.store.openThread('attachments', todo.list_id, todo.id);
    try {
      const path = `/todos/${encodeURIComponent(todo.id)}/attachments`;
      /** @type {Answer<Items_AttachmentShape_>} */
      const { body } = await this.app.session.call('GET', path);
      this.app.store.takeThread('attachments', todo.list_id, todo.id, body.items);
    } catch {
      this.#failed = true;
      this.redraw();
    }
  }

  render() {
    const { todo, mayAttach } = this.props;
    const thread = own(this.state.contents, todo.list_id)?.attachments[todo.id];
    const sending = uploads?.of(todo.id) ?? [];
    // Most todos have none, which needs no request. A new snapshot of the list drops the thread.
    const isMissing = !thread?.loaded &&
      (this.#requested !== todo.id || (!thread && !this.#failed));
    if (!todo.pending && isMissing && todo.attachment_count > 0) {
      queueMicrotask(() => this.#fetch());
    }
    const files = Object.values(thread?.byId ?? {}).sort((a, b) => (a.id < b.id ? -1 : 1));
    if (!mayAttach && todo.attachment_count === 0 && sending.length === 0) return [];
    return [
      h(
        'section',
        { class: 'detail-section files' },
        h('h2', null, t('Files')),
        this.#failed && !thread?.loaded ? this.#notLoaded() : null,
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

  #notLoaded() {
    return h(
      'p',
      { class: 'quiet' },
      t('The files could not be loaded.'),
      ' ',
      h('button', { class: 'link', onClick: () => this.#fetch() }, t('Try again')),
    );
  }

  /** @param {AttachmentShape} file */
  #file(file) {
    const picture = file.has_thumbnail ? thumbnailOf(this.app.session, file.id, this.redraw) : null;
    const about = [sizeText(file.size_bytes), file.uploader?.name, this.#ago(file)];
    return h(
      'li',
      { key: file.id, class: 'file' },
      h(
        'button',
        {
          class: 'file-open',
          disabled: this.#busy.has(file.id),
          'aria-label': t('Download {name}', { name: file.name }),
          onClick: () => this.#download(file),
        },
        picture
          ? h('img', { class: 'file-picture', src: picture, alt: '' })
          : h('span', { class: 'file-picture' }, icon('clip')),
        h(
          'span',
          { class: 'file-text' },
          h('span', { class: 'file-name' }, file.name),
          h('span', { class: 'quiet' }, about.filter(Boolean).join(' · ')),
        ),
      ),
      this.props.mayAttach
        ? h('button', {
          class: 'icon-button small',
          'aria-label': t('Remove {name}', { name: file.name }),
          onClick: () => this.#remove(file),
        }, icon('trash'))
        : null,
    );
  }

  /** @param {AttachmentShape} file */
  #ago(file) {
    return agoText(file.created_at, this.app.reader);
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
    try {
      saveFile(await this.app.session.download(`/attachments/${file.id}/content`), file.name);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
    }
    this.#busy.delete(file.id);
    this.redraw();
  }

  /** @param {AttachmentShape} file */
  async #remove(file) {
    const path = `/attachments/${file.id}`;
    try {
      await this.app.session.call('DELETE', path);
    } catch (error) {
      this.app.ui.toast(problemText(error), { tone: 'warning' });
      return;
    }
    this.app.ui.toast(t('“{name}” was removed.', { name: file.name }), {
      action: t('Undo'),
      slot: LAST_CHANGE,
      run: () => {
        this.app.session.call('POST', `${path}/restore`).catch((error) => {
          this.app.ui.toast(problemText(error), { tone: 'warning' });
        });
      },
    });
  }
}

/** @param {number} bytes */
function sizeText(bytes) {
  const [value, unit] = bytes < 1e6
    ? [Math.max(1, bytes / 1e3), 'kilobyte']
    : [bytes / 1e6, 'megabyte'];
  const options = { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 };
  return new Intl.NumberFormat(undefined, /** @type {Intl.NumberFormatOptions} */ (options))
    .format(value);
}

customElements.define('ll-attachments', Attachments);
