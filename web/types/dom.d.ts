// Types of h(): what describes an element, by its tag.

import type { Views } from './views.d.ts';

export interface TextDescription {
  text: string;
  tag?: undefined;
  key?: undefined;
  node?: Text;
}

export interface ElementDescription {
  text?: undefined;
  tag: string;
  key?: string;
  props: Record<string, unknown>;
  children: Description[];
  /** The element made of it, once it is in the document. */
  node?: Element;
}

export type Description = TextDescription | ElementDescription;

/** What may stand among the children of h(): null, undefined, booleans and '' are left out. */
export type Child = Description | string | number | boolean | null | undefined | Child[];

/** `onClick`, `onInput`, … with the element itself as `currentTarget`. */
type Listeners<Node> = {
  [Name in keyof HTMLElementEventMap as `on${Capitalize<Name>}`]?: (
    event: HTMLElementEventMap[Name] & { currentTarget: Node },
  ) => void;
};

interface CommonProps<Node> {
  /** Tells elements of the same tag apart, so that they keep their identity when they move. */
  key?: string;
  class?: string;
  role?: string;
  'aria-label'?: string;
  /** Called once with the element, when it is made. */
  ref?: (node: Node) => void;
  /** Custom properties of CSS. */
  vars?: Record<string, string>;
}

/** What a view draws from besides its other props: a change of it draws the view again. */
export type UsedProps = Record<`uses${string}`, unknown>;

interface Attributes {
  [attribute: string]: unknown;
}

type ElementOf<Tag extends keyof HTMLElementTagNameMap> = HTMLElementTagNameMap[Tag];

/** A view takes its own props; other elements take listeners, properties and attributes. */
export type PropsOf<Tag> = Tag extends keyof Views ? Views[Tag]['props'] & CommonProps<Views[Tag]>
  : Tag extends keyof HTMLElementTagNameMap
    ? CommonProps<ElementOf<Tag>> & Listeners<ElementOf<Tag>> & Attributes
  : CommonProps<Element> & Attributes;

declare global {
  // querySelector('ll-…') finds the view.
  interface HTMLElementTagNameMap extends Views {}
}
