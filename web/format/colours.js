// The colours that labels get, one after another. Pure.

/**
 * @import { Colour } from '../types/contract.d.ts'
 */

/** @type {Colour[]} */
const COLOURS = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'];

/**
 * Return the colour of the next label of a list.
 * @param {number} count of labels that the list has
 */
export const labelColour = (count) => COLOURS[count % COLOURS.length];
