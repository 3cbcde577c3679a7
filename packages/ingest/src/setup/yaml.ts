/** A scalar of YAML: JSON's texts are YAML's, and no value can break out of one. */
export function scalar(text: string): string {
  return JSON.stringify(text);
}

/** @throws {TypeError} when it is no absolute URL of http or https. */
export function checkedUrl(given: string | URL, of: string): string {
  let url: URL | undefined;
  try {
    url = new URL(given);
  } catch {
    // Said below: the platform's error shows the URL.
  }
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  // A credential would be printed, and end up in git.
  if (url === undefined || !isHttp || url.username !== "" || url.password !== "") {
    throw new TypeError(`${of}: url must be an absolute URL of http or https, without credentials`);
  }
  return url.href;
}

/** @throws {TypeError} when it is no name that Kubernetes takes. */
export function checkedName(name: string, option: string, of: string): string {
  if (!/^[a-z\d](?:[-.a-z\d]{0,251}[a-z\d])?$/.test(name)) {
    throw new TypeError(`${of}: ${option} must be a name of Kubernetes: lower-case letters, digits, - and .`);
  }
  return name;
}
