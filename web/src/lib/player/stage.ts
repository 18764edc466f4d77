import type { Path } from './paths';
import type { Sink } from './sink';
import { stillOf } from './still';

/** The place on the page where pictures stand. An old one stays until the next way has shown its first. */
export class Stage {
  private readonly host: HTMLElement;

  constructor(host: HTMLElement) {
    this.host = host;
  }

  /** Closes what was there, and keeps its last picture behind the new one. */
  put(path: Path, next: Sink, before: Sink | null): void {
    const last = stillOf(this.host.lastElementChild);
    before?.close();
    next.element.dataset.path = path;
    this.host.replaceChildren(...(last ? [last, next.element] : [next.element]));
  }

  /** Closes a way that is over; its last picture stands, and soon looks old. */
  leave(sink: Sink): void {
    const last = stillOf(sink.element);
    sink.close();
    this.host.replaceChildren(...(last ? [last] : []));
  }

  /** The newest way has a picture of its own. */
  shown(): void {
    while (this.host.children.length > 1) this.host.firstElementChild?.remove();
  }

  clear(): void {
    this.host.replaceChildren();
  }
}
