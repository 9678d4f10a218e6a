/** The forms in which a text may stand in a file or an output, the plain one first. */
export function encodings(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const escaped = hex.replace(/../g, '%$&');
  const base64 = [0, 1, 2].map((before) => inBase64(bytes, before));
  return [
    ...new Set([
      ...[text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)],
      ...[hex, hex.toUpperCase(), escaped, escaped.toUpperCase()],
      ...base64.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]),
    ]),
  ];
}

/** The part of the form that is the same whatever stands before, modulo 3 bytes, and after it. */
function inBase64(bytes: Buffer, before: number): string {
  const form = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  const first = Math.ceil((before * 8) / 6);
  return form.slice(first, Math.floor(((before + bytes.length) * 8) / 6));
}
