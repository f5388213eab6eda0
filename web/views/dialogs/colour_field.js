// The choice of a colour in a form: for a list, or for a label.

import { colourName } from '../../format/colours.js';
import { t } from '../../languages/translate.js';
import { h } from '../base/dom.js';

/** @import { Colour } from '../../types/contract.d.ts' */

/** @type {Colour[]} */
export const COLOURS = [
  'teal',
  'blue',
  'purple',
  'pink',
  'red',
  'orange',
  'yellow',
  'green',
  'grey',
];

/**
 * @param {Colour} chosen
 * @param {(colour: Colour) => void} choose
 */
export const colourField = (chosen, choose) =>
  h(
    'fieldset',
    { class: 'swatches' },
    h('legend', null, t('Colour')),
    COLOURS.map((colour) =>
      h(
        'label',
        { class: 'swatch' },
        h('input', {
          type: 'radio',
          name: 'colour',
          value: colour,
          checked: colour === chosen,
          onChange: () => choose(colour),
        }),
        h('span', { class: `dot hue-${colour}` }),
        h('span', { class: 'hidden' }, colourName(colour)),
      )
    ),
  );
