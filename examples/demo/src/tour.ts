import { alumiini } from "./programs.ts";

/** What the history answers, each with the command that asks it. */
export async function tour(
  server: string,
  broke: { readonly repository: string; readonly at: number },
): Promise<string> {
  const at = new Date(broke.at).toISOString();
  const questions: readonly (readonly [title: string, args: readonly string[]])[] = [
    ["What is wrong now?", ["fleet", "--state", "failing,stuck,drifted,stale"]],
    ["Which syncs failed in the last two hours?", ["syncs", "--outcome", "failed", "--last", "2h"]],
    [
      `What broke checkout at ${at.slice(11, 16)} UTC, and how does each event belong to it?`,
      ["around", broke.repository, at, "--window", "5m"],
    ],
    ["How well do we deliver, and what does that rest on?", ["dora", "--last", "26w"]],
    ["How much error budget is left?", ["slo", "--last", "30d"]],
  ];
  const answers: string[] = [];
  for (const [title, args] of questions) {
    const shown = ["alumiini", ...args].map((word) => (/\s/.test(word) ? `'${word}'` : word)).join(" ");
    const answer = await alumiini([...args, "--server", server, "--output", "table", "--utc"]);
    // Where the page was: it ends with the demo.
    const lines = answer.split("\n").filter((line) => !line.startsWith("On the page: "));
    answers.push(`\n── ${title}\n   ${shown}\n\n${lines.join("\n")}`);
  }
  return answers.join("");
}
