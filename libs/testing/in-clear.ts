const BASE64 = /"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==))"/g;

/** JSON with all bytes, which protobuf has in base64, as the text that they may be: so that it can be searched. */
export function inClear(json: string): string {
  return json.replaceAll(BASE64, (_, bytes) => Buffer.from(String(bytes), 'base64').toString());
}
