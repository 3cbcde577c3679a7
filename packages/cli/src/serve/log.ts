import { redactText } from "@alumiini/core";

/** How bad it is. */
export type Level = "info" | "warn" | "error";

/** One line for each thing that matters. Values are free of credentials and line breaks. */
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, string | number>>) => void;

/** Makes a log that writes to a stream: as text for people, or as one JSON object a line. */
export function createLog(format: "text" | "json", write: (line: string) => void): Log {
  return (level, message, fields = {}) => {
    const time = new Date().toISOString();
    if (format === "json") {
      write(redactText(JSON.stringify({ time, level, message, ...fields })));
      return;
    }
    const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${quoted(String(value))}`);
    write(redactText(`${time} ${level.toUpperCase().padEnd(5)} ${oneLine(message)}${pairs.join("")}`));
  };
}

function quoted(value: string): string {
  return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}

function oneLine(text: string): string {
  return text.replace(/\s*\r?\n\s*/g, " ");
}
