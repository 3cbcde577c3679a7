import { Copy } from "../parts/text.js";
import { plainText } from "../words/names.js";

/** Page and command line have the same answers, and name each other. */
export function SameInTerminal({ command }: { readonly command: string }) {
  return (
    <p class="terminal">
      <span class="second">Same in the terminal</span> <code>{plainText(command)}</code>{" "}
      <Copy text={command} name="Copy the command" />
    </p>
  );
}

/** The document's title; the view's name, and what fails first. */
export function setTitle(words: string): void {
  document.title = `${plainText(words)} · ALUMIINI`;
}
