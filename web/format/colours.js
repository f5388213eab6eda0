// The colours of lists and labels: their names, and which one the next label gets. Pure.

import { message, t } from '../languages/translate.js';

/**
 * @import { Colour } from '../types/contract.d.ts'
 */

/** @type {Record<Colour, string>} */
const NAMES = {
  grey: message('grey'),
  red: message('red'),
  orange: message('orange'),
  yellow: message('yellow'),
  green: message('green'),
  teal: message('teal'),
  blue: message('blue'),
  purple: message('purple'),
  pink: message('pink'),
};

/** @param {Colour} colour */
export const colourName = (colour) => t(NAMES[colour]);

/** @type {Colour[]} */
const COLOURS = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'];

/**
 * Return the colour of the next label of a list.
 * @param {number} count of labels that the list has
 */
export const labelColour = (count) => COLOURS[count % COLOURS.length];
