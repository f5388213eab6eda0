// A picture of a todo as large as the window, and the next ones by buttons, keys and swiping. It is
// loaded with the session's authorisation and shown as a data address, as the thumbnails are: the
// page's policy shows no blobs, and what an <img> shows is never run.

import { problemText } from '../../format/problems.js';
import { direction, t } from '../../languages/translate.js';
import { may } from '../../store/queries.js';
import { h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { View } from '../base/view.js';
import { aboutFile, downloadFile, filesOf, isRemoved, removeFile } from './file_actions.js';
import { dataAddress, thumbnailOf } from './thumbnails.js';

/**
 * @import { AttachmentShape } from '../../types/contract.d.ts'
 * @import { UsedProps } from '../../types/dom.d.ts'
 */

// As in shared/attachments/rules.py.
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
// The browser holds the picture encoded, and four bytes for each pixel.
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;
// Who turns over several pictures loads none of those on the way.
const TURNING_MS = 150;
// Further than a finger moves that taps.
const SWIPE_PX = 48;

/** @param {AttachmentShape} file */
export const isPicture = (file) => PICTURES.has(file.media_type);

/**
 * Whether the picture is shown: the server has read it, so its size is known, and that is bearable.
 * @param {AttachmentShape} file
 */
const isShown = ({ has_thumbnail: isRead, size_bytes: bytes, width, height }) =>
  isRead && bytes <= MAX_BYTES && (width ?? 0) * (height ?? 0) <= MAX_PIXELS;

/** @extends {View<{listId: string, todoId: string, file: AttachmentShape} & UsedProps>} */
export class PictureViewer extends View {
  static watches = true;
  /** @type {AttachmentShape | null} the one that is shown, as it was last known */
  #file = null;
  #requested = '';
  /** @type {AbortController | null} ends the loading of the last picture that was requested */
  #loading = null;
  /** The data address of the picture; empty while it is being loaded. */
  #address = '';
  #problem = '';
  /** @type {number | null} where a finger was put down, in pixels of the window */
  #from = null;

  connected() {
    this.#file = this.props.file;
    // After a press on the picture or on a text the focus is not within the viewer; the rest of the
    // page is inert.
    document.addEventListener('keydown', this.#pressed);
  }

  disconnected() {
    document.removeEventListener('keydown', this.#pressed);
    this.#loading?.abort();
  }

  get #pictures() {
    const { listId, todoId } = this.props;
    return filesOf(this.state, listId, todoId).filter(isPicture);
  }

  /** @param {AttachmentShape} file */
  async #load(file) {
    this.#requested = file.id;
    const isFirst = !this.#loading;
    this.#loading?.abort();
    const { signal } = this.#loading = new AbortController();
    if (!isFirst) await new Promise((done) => setTimeout(done, TURNING_MS));
    if (signal.aborted) return;
    try {
      const blob = await this.app.session.download(`/attachments/${file.id}/content`, signal);
      if (signal.aborted) return;
      // The server names no type, so that nothing but this page shows it.
      const address = await dataAddress(blob.slice(0, blob.size, file.media_type));
      if (signal.aborted) return;
      this.#address = address;
    } catch (error) {
      if (signal.aborted) return;
      this.#problem = problemText(error);
    }
    this.redraw();
  }

  /** @param {number} step 1 or -1; after the last one comes the first */
  #go(step) {
    const pictures = this.#pictures;
    const at = pictures.findIndex(({ id }) => id === this.#file?.id);
    if (pictures.length === 0) return;
    const next = at < 0 ? 0 : (at + step + pictures.length) % pictures.length;
    if (pictures[next].id === this.#file?.id) return;
    this.#file = pictures[next];
    this.#requested = this.#address = this.#problem = '';
    this.#loading?.abort();
    this.draw();
  }

  #pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    event.preventDefault();
    if (event.repeat) return;
    this.#go(direction() === 'rtl' ? -steps[event.key] : steps[event.key]);
  };

  render() {
    const pictures = this.#pictures;
    const at = pictures.findIndex(({ id }) => id === this.#file?.id);
    // A thumbnail may be there now.
    const file = pictures[at] ?? this.#file;
    if (!file) return [];
    this.#file = file;
    const { listId, todoId } = this.props;
    const isGone = isRemoved(this.state, listId, todoId, file);
    if (!isGone && isShown(file) && this.#requested !== file.id) {
      queueMicrotask(() => this.#load(file));
    }
    return [
      this.#head(file),
      h(
        'div',
        {
          class: 'picture-stage',
          onPointerdown: ({ clientX, pointerType }) => {
            this.#from = pointerType === 'touch' ? clientX : null;
          },
          onPointercancel: () => this.#from = null,
          onPointerup: ({ clientX }) => this.#swiped(clientX),
        },
        isGone ? sentence(t('“{name}” was removed.', { name: file.name })) : this.#picture(file),
      ),
      h(
        'div',
        { class: 'dialog-end picture-end' },
        pictures.length > 1 || isGone ? this.#steps(at, pictures.length) : null,
        isGone ? null : this.#actions(file),
      ),
    ];
  }

  /** @param {AttachmentShape} file */
  #head(file) {
    return h(
      'div',
      { class: 'dialog-head' },
      h(
        'div',
        { class: 'file-text' },
        h('h2', { id: 'dialog-title', class: 'file-name' }, file.name),
        h('p', { class: 'quiet' }, aboutFile(this.app, file)),
      ),
      h('button', {
        class: 'icon-button',
        autofocus: true,
        'aria-label': t('Close'),
        onClick: () => this.app.ui.closeDialog(),
      }, icon('close')),
    );
  }

  /** @param {AttachmentShape} file */
  #picture(file) {
    if (this.#problem) return sentence(this.#problem);
    if (!isShown(file)) {
      return sentence(t('This picture is too large to be shown here, or was not read yet.'));
    }
    const small = thumbnailOf(this.app.session, file.id, this.redraw);
    return h('img', {
      key: file.id,
      class: 'picture-shown',
      src: this.#address || small || undefined,
      alt: file.name,
      'aria-busy': this.#address ? 'false' : 'true',
      draggable: 'false',
      // Small ones are not made larger.
      vars: { '--width': `${file.width}px`, '--height': `${file.height}px` },
      onError: () => {
        this.#problem = t('This picture cannot be shown. Download it instead.');
        this.redraw();
      },
    });
  }

  /**
   * @param {number} at
   * @param {number} count
   */
  #steps(at, count) {
    return h(
      'div',
      { class: 'picture-steps' },
      h('button', {
        class: 'icon-button',
        'aria-label': t('Previous picture'),
        onClick: () => this.#go(-1),
      }, icon('left')),
      h(
        'span',
        { class: 'quiet', role: 'status' },
        at < 0 ? '' : t('{number} of {count}', { number: at + 1, count }),
      ),
      h('button', {
        class: 'icon-button',
        'aria-label': t('Next picture'),
        onClick: () => this.#go(1),
      }, icon('right')),
    );
  }

  /** @param {AttachmentShape} file */
  #actions(file) {
    return [
      may(this.state, this.props.listId, 'attach_file')
        ? h('button', { class: 'button', onClick: () => this.#remove(file) }, t('Remove'))
        : null,
      h('button', {
        class: 'button primary',
        onClick: () => downloadFile(this.app, file),
      }, t('Download')),
    ];
  }

  /** @param {AttachmentShape} file */
  async #remove(file) {
    // What takes it back is on the page below.
    if (await removeFile(this.app, file)) this.app.ui.closeDialog();
  }

  /** @param {number} x where the finger was lifted, in pixels of the window */
  #swiped(x) {
    const distance = this.#from === null ? 0 : x - this.#from;
    this.#from = null;
    if (Math.abs(distance) < SWIPE_PX) return;
    this.#go((distance < 0) === (direction() === 'ltr') ? 1 : -1);
  }
}

/** @param {string} text */
const sentence = (text) => h('p', { class: 'quiet', role: 'status' }, text);

customElements.define('ll-picture-viewer', PictureViewer);
