/** What an item of a linked list bears. */
export interface Links<T> {
  before: T | undefined;
  after: T | undefined;
}

/** A list whose items know their neighbours, so that one can leave from the middle at no cost. */
export class LinkedList<T extends Links<T>> {
  first: T | undefined;
  last: T | undefined;

  append(item: T): void {
    item.before = this.last;
    if (this.last === undefined) this.first = item;
    else this.last.after = item;
    this.last = item;
  }

  prepend(item: T): void {
    if (this.first === undefined) this.append(item);
    else this.insertBefore(item, this.first);
  }

  insertBefore(item: T, next: T): void {
    item.before = next.before;
    item.after = next;
    if (next.before === undefined) this.first = item;
    else next.before.after = item;
    next.before = item;
  }

  remove(item: T): void {
    if (item.before === undefined) this.first = item.after;
    else item.before.after = item.after;
    if (item.after === undefined) this.last = item.before;
    else item.after.before = item.before;
    item.before = undefined;
    item.after = undefined;
  }
}
