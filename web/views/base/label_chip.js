// A label as rows and details show it.

import { t } from '../../languages/translate.js';
import { h } from './dom.js';

/** @import { Colour } from '../../types/contract.d.ts' */

/** @param {{name: string, colour: Colour, isOwn?: boolean}} label `isOwn`: only the user sees it */
export const labelChip = ({ name, colour, isOwn }) =>
  h('span', {
    class: `label hue-${colour} ${isOwn ? 'is-own' : ''}`,
    'data-tip': isOwn ? t('Only for me') : undefined,
  }, name);
