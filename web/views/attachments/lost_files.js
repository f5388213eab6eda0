// Files whose todo was not made, or is gone: they can be saved, and are not forgotten unsaid.

import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';
import { saveFile } from '../base/save_file.js';
import { View } from '../base/view.js';
import { startedUploads } from './attachments_frame.js';

/**
 * @import { Upload } from './uploads.js'
 */

/** @extends {View<{}>} */
export class LostFiles extends View {
  static watches = true;

  connected() {
    startedUploads()?.addEventListener('change', this.redraw);
  }

  disconnected() {
    startedUploads()?.removeEventListener('change', this.redraw);
  }

  render() {
    return startedUploads()?.lost.map((upload) => offer(upload)) ?? [];
  }
}

/** @param {Upload} upload */
const offer = (upload) =>
  h(
    'section',
    { key: upload.key, class: 'lost-draft', 'aria-label': t('A file that cannot be attached') },
    h(
      'p',
      null,
      t('“{name}” is not attached: the todo that it was for is not there.', { name: upload.name }),
    ),
    h(
      'p',
      { class: 'lost-draft-actions' },
      h(
        'button',
        { class: 'button small', onClick: () => saveFile(upload.file, upload.name) },
        t('Save file'),
      ),
      h(
        'button',
        { class: 'button small', onClick: () => startedUploads()?.cancel(upload) },
        t('Discard'),
      ),
    ),
  );

customElements.define('ll-lost-files', LostFiles);
