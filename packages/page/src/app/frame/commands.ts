/** A word for a shell: quoted where it must be. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** `alumiini syncs --latest --environment production`; what is empty is left out, `true` is a flag alone. */
export function command(
  name: string,
  options: Readonly<Record<string, string | readonly string[] | boolean | undefined>> = {},
  ...rest: string[]
): string {
  const flags = Object.entries(options).flatMap(([flag, value]) => {
    if (value === undefined || value === false || value === "" || (Array.isArray(value) && value.length === 0))
      return [];
    if (value === true) return [`--${flag}`];
    return (typeof value === "string" ? [value] : value).map((each) => `--${flag} ${word(each)}`);
  });
  return ["alumiini", name, ...rest.map(word), ...flags].join(" ");
}
